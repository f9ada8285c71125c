/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * DHCPv4 message codec (RFC 2131 §2, RFC 2132, RFC 3396).
 *
 * Bytes in, struct out, and back. No allocation, no I/O, no clock, no policy: a message that parses
 * may still be useless (say, an OFFER without a server identifier); deciding that is core/'s job.
 *
 * Integers are in host order, addresses are struct in_addr (network order), as in libc.
 *
 * Results: 0 is success, a positive Dhcp4MessageError is a property of the *input* that the caller
 * must handle and never passes on. There are no negative results: nothing here can fail by itself.
 */
#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wire/dhcp4-protocol.h"

#define DHCP4_MESSAGE_FIXED_LEN   240u  /* op .. magic cookie, bytes */
#define DHCP4_MESSAGE_MIN_LEN     300u  /* what we pad to: smallest BOOTP message, bytes */
#define DHCP4_MESSAGE_MAX_LEN     1472u /* 1500 MTU - 20 IP - 8 UDP, bytes */
#define DHCP4_MESSAGE_IGNORED_MAX 32u   /* malformed options remembered with their reason */

typedef enum Dhcp4MessageError {
        DHCP4_MESSAGE_E_TRUNCATED = 1, /* shorter than DHCP4_MESSAGE_FIXED_LEN */
        DHCP4_MESSAGE_E_TOO_LONG,      /* longer than DHCP4_MESSAGE_MAX_LEN */
        /* magic cookie or op is not ours, hlen > 16, or option 53 is bad */
        DHCP4_MESSAGE_E_NOT_DHCP,
        /* typed access: the option has a length or content its type forbids */
        DHCP4_MESSAGE_E_MALFORMED,
        DHCP4_MESSAGE_E_UNSET,    /* option is absent */
        DHCP4_MESSAGE_E_NO_SPACE, /* builder only: option does not fit any more */
} Dhcp4MessageError;

/* RFC 2131 figure 1, without sname and file: those are read as options when overloaded (option 52). */
typedef struct Dhcp4Header {
        uint8_t op; /* 1 BOOTREQUEST, 2 BOOTREPLY */
        uint8_t htype;
        uint8_t hlen; /* bytes of chaddr in use, <= 16 (checked by the parser) */
        uint8_t hops;
        uint32_t xid;
        uint16_t secs;
        uint16_t flags;
        struct in_addr ciaddr; /* client, set only while it can answer ARP for it */
        struct in_addr yiaddr; /* "your" address: what the server gives */
        struct in_addr siaddr; /* next server in *bootstrap*; NOT the DHCP server (option 54 is) */
        struct in_addr giaddr; /* relay agent */
        uint8_t chaddr[16];
} Dhcp4Header;

/* What of an option was dropped. */
typedef enum Dhcp4IgnoredPart {
        DHCP4_IGNORED_OPTION,  /* the whole, or what the reason says */
        DHCP4_IGNORED_ADDRESS, /* .address */
        DHCP4_IGNORED_ROUTE,   /* the route to .dst/.prefix_len by the router .address (0.0.0.0: none) */
} Dhcp4IgnoredPart;

/*
 * An option, or one value of it, that was dropped, and why. @reason is a static string for people ("length 3
 * is no multiple of 4"-like).
 */
typedef struct Dhcp4Ignored {
        const char *reason;
        struct in_addr address, dst;
        uint8_t prefix_len;
        uint8_t part; /* Dhcp4IgnoredPart */
        uint8_t code;
} Dhcp4Ignored;

/*
 * A parsed message. A plain value: copy it, keep it, drop it; nothing to free.
 *
 * Options that occur more than once are already joined (RFC 3396 §7, in the order options, file, sname),
 * but for those of fixed length, of which the first stays. QUIRK: dnsmasq sends option 54 twice.
 * A malformed option (wire/dhcp4-options.h says what its length must be) is left out of the index and
 * listed in ignored[]; the rest of the message stands. Only a bad option 53 can void a message; without one
 * it is of type DHCP4_BOOTP, and whether that will do is core/'s to decide.
 */
typedef struct Dhcp4Message {
        Dhcp4Header header;
        Dhcp4MessageType type;
        struct {
                uint16_t offset, len; /* bytes in storage[]; len UINT16_MAX: absent */
        } option[256];
        /* codes present, in the order of their first occurrence; malformed ones too */
        uint8_t order[254];
        uint8_t n_order;
        uint8_t malformed[256 / 8]; /* a bit a code: present, and listed in ignored[] while that has room */
        Dhcp4Ignored ignored[DHCP4_MESSAGE_IGNORED_MAX];
        uint8_t n_ignored;
        uint8_t storage[DHCP4_MESSAGE_MAX_LEN];
} Dhcp4Message;

/*
 * @data is the UDP payload: up to DHCP4_MESSAGE_MAX_LEN bytes. One trailing NUL or a missing END is no
 * error, nor is a message shorter than DHCP4_MESSAGE_MIN_LEN. op must be BOOTREPLY (2) or BOOTREQUEST (1):
 * the simulator's server reads ours with it. On any result but 0, *ret is not touched. Results: TRUNCATED,
 * TOO_LONG, NOT_DHCP.
 */
int dhcp4_message_parse(const uint8_t *data, size_t len, Dhcp4Message *ret);

/*
 * Adds options to a parsed message, as if they stood in it. @options is ready as on the wire: code, length,
 * data, one behind the other, without PAD and END; the pieces of a long option (RFC 3396 §6) stand side by
 * side. An option that @m has already is replaced by the added one; if that was malformed, ignored[] still
 * says so. Returns false if @options is cut off, has a malformed option, has one twice or does not fit; then
 * *m is not touched.
 */
bool dhcp4_message_add(Dhcp4Message *m, const uint8_t *options, size_t len);

/* Is the option present and well-formed? */
bool dhcp4_message_has(const Dhcp4Message *m, uint8_t code);

/*
 * Returned spans point into @m and live as long. Results: UNSET; the typed ones also MALFORMED (length is
 * not exact).
 */
int dhcp4_message_get(const Dhcp4Message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_len);
int dhcp4_message_get_u8(const Dhcp4Message *m, uint8_t code, uint8_t *ret);
int dhcp4_message_get_u16(const Dhcp4Message *m, uint8_t code, uint16_t *ret);
int dhcp4_message_get_u32(const Dhcp4Message *m, uint8_t code, uint32_t *ret);
int dhcp4_message_get_addr(const Dhcp4Message *m, uint8_t code, struct in_addr *ret);

/*
 * The raw bytes of an option as received, joined, even when it is malformed (for D-Bus Options). UNSET:
 * absent.
 */
int dhcp4_message_get_raw(const Dhcp4Message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_len);

/* Up to @max addresses of a list option (3, 6, 42, ...); returns how many were stored, 0 when absent. */
size_t dhcp4_message_get_addrs(const Dhcp4Message *m, uint8_t code, struct in_addr *ret, size_t max);

/*
 * A text option (12, 15, 56, 101, 114, ...) as a NUL-terminated string that is safe to print: bytes outside
 * printable ASCII become '?' and trailing NULs are dropped. @ret has @size bytes. UNSET; MALFORMED: empty,
 * or has an inner NUL; NO_SPACE: longer than @size - 1.
 */
int dhcp4_message_get_string(const Dhcp4Message *m, uint8_t code, char *ret, size_t size);

/* The fields sname and file, which are in no Dhcp4Message, of the message that @m was parsed from. */
typedef enum Dhcp4Field {
        DHCP4_FIELD_SNAME, /* name of the next server in bootstrap, not of the DHCP server */
        DHCP4_FIELD_FILE,  /* the file to boot from there */
} Dhcp4Field;
#define DHCP4_FIELD_SIZE 129u /* bytes: the longer one, and a NUL */

/*
 * Stores the text up to the first NUL; bytes outside printable ASCII become '?'. Returns false if the field
 * holds options instead (option 52): then the text is "".
 */
bool dhcp4_message_get_field(const Dhcp4Message *m, const uint8_t *data, size_t len, Dhcp4Field field,
                             char ret[DHCP4_FIELD_SIZE]);

/* Writes into memory the caller owns. The first failure sticks: check once, in _finish(). */
typedef struct Dhcp4Builder {
        uint8_t *data;
        size_t size, pos; /* bytes */
        int error;        /* 0 or Dhcp4MessageError */
} Dhcp4Builder;

/*
 * Writes the header, the cookie and option 53 (none for DHCP4_BOOTP). Every byte up to the finished length
 * is written: nothing leaks.
 */
void dhcp4_builder_init(Dhcp4Builder *b, uint8_t *data, size_t size, const Dhcp4Header *header,
                        Dhcp4MessageType type);
/*
 * Splits what is longer than 255 bytes into several occurrences (RFC 3396 §6). @code is neither PAD nor END
 * (asserted); @data may be NULL when @len is 0. All of the option is added or nothing.
 */
void dhcp4_builder_append(Dhcp4Builder *b, uint8_t code, const void *data, size_t len);
/*
 * Options that are ready as on the wire: code, length, data, one behind the other, without PAD and END. All
 * of @data or nothing.
 */
void dhcp4_builder_append_ready(Dhcp4Builder *b, const void *data, size_t len);
void dhcp4_builder_append_u8(Dhcp4Builder *b, uint8_t code, uint8_t value);
void dhcp4_builder_append_u16(Dhcp4Builder *b, uint8_t code, uint16_t value);
void dhcp4_builder_append_u32(Dhcp4Builder *b, uint8_t code, uint32_t value);
void dhcp4_builder_append_addr(Dhcp4Builder *b, uint8_t code, struct in_addr value);
/* Adds END, pads to DHCP4_MESSAGE_MIN_LEN. Results: NO_SPACE. */
int dhcp4_builder_finish(Dhcp4Builder *b, size_t *ret_len);
