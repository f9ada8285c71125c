/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * Client identifiers (client-id.h): RFC 2132 §9.14, RFC 4361 §6.1, RFC 8415 §11, RFC 7844 §3.
 *
 * Nothing here depends on the name or the index of an interface, because both may change between two boots.
 *
 * IAID and DUID are made of the hardware address that the link had first, since they have to stay the same
 * (RFC 4361 §6.1).
 */
#include "manager/client-id.h"

#include <glib.h>
#include <net/if_arp.h>
#include <string.h>
#include <systemd/sd-id128.h>

#include "base/bytes.h"
#include "base/macro.h"
#include "base/prng.h"

/* RFC 4361 §6.1 */
#define TYPE_DUID 255u

/* RFC 8415 §11.2, §11.4, RFC 6355 §4 */
#define DUID_LLT  1u
#define DUID_LL   3u
#define DUID_UUID 4u

/* The options that a host cannot do without, RFC 7844 §3.6. The client changes their order each time. */
static const uint8_t anonymous_request[] = {
        DHCP4_OPTION_SUBNET_MASK, DHCP4_OPTION_ROUTERS,          DHCP4_OPTION_DNS,
        DHCP4_OPTION_DOMAIN,      DHCP4_OPTION_CLASSLESS_ROUTES,
};

/*
 * The GUID of the port, at the end of an InfiniBand address (RFC 4391 §9.1.1). The bytes before it are a
 * number that the driver chooses again and again.
 */
#define INFINIBAND_LEN 20u
#define GUID_LEN       8u

/* Returns the part of the hardware address that is the same after the next boot. */
static HwAddress stable_part(const HwAddress *address, uint16_t arp_type) {
        HwAddress guid = { .len = GUID_LEN };

        if (arp_type != ARPHRD_INFINIBAND || address->len != INFINIBAND_LEN)
                return *address;
        memcpy(guid.bytes, address->bytes + INFINIBAND_LEN - GUID_LEN, GUID_LEN);
        return guid;
}

void hmac_md5(const uint8_t key[16], const uint8_t *data, size_t len, uint8_t ret[16]) {
        g_autoptr(GHmac) hmac = g_hmac_new(G_CHECKSUM_MD5, key, 16);
        gsize n = 16;

        g_hmac_update(hmac, data, (gssize) len);
        g_hmac_get_digest(hmac, ret, &n);
}

bool client_id_is_anonymous(const ConfigLink *config, const HwAddress *address, bool wireless) {
        switch (config->anonymize) {
        case CONFIG_ANONYMIZE_YES:
                return true;
        case CONFIG_ANONYMIZE_NO:
                return false;
        case CONFIG_ANONYMIZE_AUTO:
                /* The bit of a locally administered address (IEEE 802). */
                return wireless && address->len == 6 && (address->bytes[0] & 0x02);
        }
        g_assert_not_reached();
}

/*
 * Makes the IAID, which tells the links of a host apart (RFC 4361 §6.1). It is a hash of the hardware
 * address, which stays the same when name and index change.
 */
static uint32_t make_iaid(const HwAddress *address) {
        static const uint8_t key[PRNG_KEY_LEN] = "dhcpd-link IAID";

        return (uint32_t) prng_siphash24(key, address->bytes, address->len);
}

static int append_duid(const ConfigLink *config, const HwAddress *address, uint16_t arp_type,
                       uint32_t duid_time, ByteWriter *w) {
        /* The machine id itself must not be shown to others. This is an id derived from it only for us. */
        static const sd_id128_t application =
                SD_ID128_MAKE(7d, 1e, 0c, 5b, 24, 3f, 4a, 9c, 8e, 66, 51, d0, b2, 90, f3, 17);
        sd_id128_t id;
        int r;

        switch (config->duid) {
        case CONFIG_DUID_UUID:
                r = sd_id128_get_machine_app_specific(application, &id);
                if (r < 0)
                        return r;
                byte_writer_u16(w, DUID_UUID);
                byte_writer_put(w, id.bytes, sizeof(id.bytes));
                return 0;
        case CONFIG_DUID_LINK_LAYER:
                byte_writer_u16(w, DUID_LL);
                byte_writer_u16(w, arp_type);
                byte_writer_put(w, address->bytes, address->len);
                return 0;
        case CONFIG_DUID_LINK_LAYER_TIME:
                byte_writer_u16(w, DUID_LLT);
                byte_writer_u16(w, arp_type);
                byte_writer_u32(w, duid_time);
                byte_writer_put(w, address->bytes, address->len);
                return 0;
        case CONFIG_DUID_BYTES:
                byte_writer_put(w, config->duid_bytes, config->duid_len);
                return 0;
        }
        g_assert_not_reached();
}

static void set_mac(const HwAddress *address, uint16_t arp_type, Dhcp4ClientConfig *client) {
        client->client_id[0] = (uint8_t) arp_type;
        memcpy(client->client_id + 1, address->bytes, address->len);
        client->client_id_len = (uint8_t) (address->len + 1);
}

static int set_duid(const ConfigLink *config, const HwAddress *address, uint16_t arp_type,
                    uint32_t duid_time, Dhcp4ClientConfig *client) {
        ByteWriter w = byte_writer(client->client_id, sizeof(client->client_id));
        int r;

        byte_writer_u8(&w, TYPE_DUID);
        byte_writer_u32(&w, config->iaid_set ? config->iaid : make_iaid(address));
        r = append_duid(config, address, arp_type, duid_time, &w);
        g_assert(!w.failed); /* CONFIG_DUID_MAX and the rest are less than an option */
        client->client_id_len = (uint8_t) w.pos;
        return r;
}

int client_id_complete(const ConfigLink *config, const HwAddress *address, const HwAddress *identity,
                       uint16_t arp_type, bool anonymous, uint32_t duid_time, Dhcp4ClientConfig *client) {
        const HwAddress stable = stable_part(address, arp_type), first = stable_part(identity, arp_type);
        int r = 0;

        client->htype = (uint8_t) arp_type;
        client->chaddr_len = 0;
        if (arp_type == ARPHRD_INFINIBAND)
                /*
                 * RFC 4390 §2.1: chaddr cannot hold 20 bytes, so it stays empty and replies are
                 * broadcast.
                 */
                client->broadcast = true;
        else {
                client->chaddr_len = MIN(address->len, (uint8_t) sizeof(client->chaddr));
                memcpy(client->chaddr, address->bytes, client->chaddr_len);
        }

        client->anonymize = anonymous;
        if (anonymous) {
                client->send_len = 0;
                client->hmac_md5 = NULL;
                memcpy(client->request, anonymous_request, sizeof(anonymous_request));
                client->n_request = sizeof(anonymous_request);
                set_mac(&stable, arp_type, client);
                return 0;
        }

        switch (config->client_identifier) {
        case CONFIG_CLIENT_IDENTIFIER_MAC:
                set_mac(&stable, arp_type, client);
                break;
        case CONFIG_CLIENT_IDENTIFIER_DUID:
                r = set_duid(config, &first, arp_type, duid_time, client);
                if (r < 0)
                        set_mac(&stable, arp_type, client);
                break;
        case CONFIG_CLIENT_IDENTIFIER_HEX:
                break; /* as configured */
        case CONFIG_CLIENT_IDENTIFIER_NONE:
                client->client_id_len = 0;
                /* RFC 4390 §2.1: MUST. Without chaddr nothing else tells one client from another. */
                if (client->chaddr_len == 0)
                        set_mac(&stable, arp_type, client);
                break;
        }
        return r;
}
