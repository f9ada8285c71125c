/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once
/*
 * DHCPv4 message codec (RFC 2131 §2, RFC 2132, RFC 3396).
 *
 * Turns bytes into a struct, and back. No allocation, no I/O, no clock, no policy: a message that parses
 * may still be useless (an OFFER without a server identifier, for example). core/ decides that.
 *
 * Integers are in host order, addresses are struct in_addr (network order), as in libc.
 *
 * Functions return 0 on success. A positive Dhcp4MessageError tells something about the *input*; the caller
 * must handle it and never passes it on. There are no negative results, because nothing here can fail by
 * itself.
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

/* Which part of an option was dropped. */
typedef enum Dhcp4IgnoredPart {
        DHCP4_IGNORED_OPTION,  /* the whole option, or what the reason says */
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
 * A parsed message. A plain value: it may be copied, and there is nothing to free.
 *
 * Options that occur more than once are already joined (RFC 3396 §7, in the order options, file, sname),
 * but for those of fixed length, of which the first stays. QUIRK: dnsmasq sends option 54 twice. A
 * malformed option (wire/dhcp4-options.h says what its length must be) is left out of the index and listed
 * in ignored[]. The rest of the message stays valid. Only a bad option 53 makes a message invalid. A
 * message without option 53 has the type DHCP4_BOOTP, and core/ decides whether to use it.
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
        /* one bit for each code: present but malformed; listed in ignored[] while that has room */
        uint8_t malformed[256 / 8];
        Dhcp4Ignored ignored[DHCP4_MESSAGE_IGNORED_MAX];
        uint8_t n_ignored;
        uint8_t storage[DHCP4_MESSAGE_MAX_LEN];
} Dhcp4Message;

/*
 * Parses @data, the UDP payload of up to DHCP4_MESSAGE_MAX_LEN bytes. One trailing NUL, a missing END and a
 * message shorter than DHCP4_MESSAGE_MIN_LEN are no errors. op must be BOOTREPLY (2) or BOOTREQUEST (1),
 * because the simulator's server reads our messages with it. Returns 0, TRUNCATED, TOO_LONG or NOT_DHCP; on
 * any result but 0, *ret is not touched.
 */
int dhcp4_message_parse(const uint8_t *data, size_t len, Dhcp4Message *ret);

/* Makes @m a reply without any option, for dhcp4_message_add(). Bytes that nothing points to are not set. */
void dhcp4_message_clear(Dhcp4Message *m);

/*
 * Adds options to a parsed message, as if they had been in it. @options has them in the form of the wire:
 * code, length, data, one behind the other, without PAD and END. The pieces of a long option (RFC 3396 §6)
 * stand side by side. An added option replaces the one that @m has already; if that was malformed,
 * ignored[] still says so. Returns false if @options is cut off, has a malformed option, has one twice or
 * does not fit. Then *m is not touched.
 */
bool dhcp4_message_add(Dhcp4Message *m, const uint8_t *options, size_t len);

/* Returns true if the option is present and well-formed. */
bool dhcp4_message_has(const Dhcp4Message *m, uint8_t code);

/*
 * These read one option. A returned span points into @m and is valid as long as @m is. They return 0 or
 * UNSET, the typed ones also MALFORMED (the length is not exact).
 */
int dhcp4_message_get(const Dhcp4Message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_len);
int dhcp4_message_get_u8(const Dhcp4Message *m, uint8_t code, uint8_t *ret);
int dhcp4_message_get_u16(const Dhcp4Message *m, uint8_t code, uint16_t *ret);
int dhcp4_message_get_u32(const Dhcp4Message *m, uint8_t code, uint32_t *ret);
int dhcp4_message_get_addr(const Dhcp4Message *m, uint8_t code, struct in_addr *ret);

/*
 * Returns the raw bytes of an option as received and joined, even if it is malformed (for D-Bus Options).
 * Results: 0, or UNSET if it is absent.
 */
int dhcp4_message_get_raw(const Dhcp4Message *m, uint8_t code, const uint8_t **ret_data, size_t *ret_len);

/*
 * Stores up to @max addresses of a list option (3, 6, 42, ...). Returns how many were stored, 0 if it is
 * absent.
 */
size_t dhcp4_message_get_addrs(const Dhcp4Message *m, uint8_t code, struct in_addr *ret, size_t max);

/*
 * Stores a text option (12, 15, 56, 101, 114, ...) in @ret, which has @size bytes, as a NUL-terminated
 * string that is safe to print: bytes outside printable ASCII become '?' and trailing NULs are dropped.
 * Returns 0, UNSET, MALFORMED (it is empty or has an inner NUL) or NO_SPACE (it is longer than @size - 1).
 */
int dhcp4_message_get_string(const Dhcp4Message *m, uint8_t code, char *ret, size_t size);

/*
 * The fields sname and file. A Dhcp4Message does not have them, so they are read from the message that was
 * parsed.
 */
typedef enum Dhcp4Field {
        DHCP4_FIELD_SNAME, /* name of the next server in bootstrap, not of the DHCP server */
        DHCP4_FIELD_FILE,  /* the file to boot from that server */
} Dhcp4Field;
#define DHCP4_FIELD_SIZE 129u /* bytes: the longer one, and a NUL */

/*
 * Stores the text of @field up to the first NUL; bytes outside printable ASCII become '?'. @data is the
 * message that @m was parsed from. Returns false if the field holds options instead (option 52); then the
 * text is "".
 */
bool dhcp4_message_get_field(const Dhcp4Message *m, const uint8_t *data, size_t len, Dhcp4Field field,
                             char ret[DHCP4_FIELD_SIZE]);

/*
 * Builds a message in memory that the caller owns. An error stays set: the caller checks once, in
 * dhcp4_builder_finish().
 */
typedef struct Dhcp4Builder {
        uint8_t *data;
        size_t size, pos; /* bytes */
        int error;        /* 0 or Dhcp4MessageError */
} Dhcp4Builder;

/*
 * Writes the header, the cookie and option 53 (none for DHCP4_BOOTP). Every byte up to the finished length
 * is written, so no old memory gets into the message.
 */
void dhcp4_builder_init(Dhcp4Builder *b, uint8_t *data, size_t size, const Dhcp4Header *header,
                        Dhcp4MessageType type);
/*
 * Appends an option. One that is longer than 255 bytes is split into several occurrences (RFC 3396 §6).
 * @code is neither PAD nor END (asserted); @data may be NULL if @len is 0. Adds the whole option or
 * nothing.
 */
void dhcp4_builder_append(Dhcp4Builder *b, uint8_t code, const void *data, size_t len);
/*
 * Appends options that are in the form of the wire already: code, length, data, one behind the other,
 * without PAD and END. Adds all of @data or nothing.
 */
void dhcp4_builder_append_ready(Dhcp4Builder *b, const void *data, size_t len);
void dhcp4_builder_append_u8(Dhcp4Builder *b, uint8_t code, uint8_t value);
void dhcp4_builder_append_u16(Dhcp4Builder *b, uint8_t code, uint16_t value);
void dhcp4_builder_append_u32(Dhcp4Builder *b, uint8_t code, uint32_t value);
void dhcp4_builder_append_addr(Dhcp4Builder *b, uint8_t code, struct in_addr value);
/*
 * Adds END and pads to DHCP4_MESSAGE_MIN_LEN. Returns 0 and stores the length in bytes, or returns the
 * first error (NO_SPACE).
 */
int dhcp4_builder_finish(Dhcp4Builder *b, size_t *ret_len);

/* Returns "DHCPDISCOVER", "BOOTP" and so on; NULL if @type is out of range. */
const char *dhcp4_message_type_to_string(Dhcp4MessageType type);
