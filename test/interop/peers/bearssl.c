/* BearSSL as a client that proves itself, and as a judge of chains. */
#include "question.h"
#include <bearssl.h>

enum { max_objects = 4 };

struct bytes {
    unsigned char *at;
    size_t count;
};

static const char *because(const char *what, int code) {
    static char reason[128];
    snprintf(reason, sizeof reason, "%s: BearSSL error %d", what, code);
    return reason;
}

static void append(void *to, const void *data, size_t count) {
    struct bytes *bytes = to;
    bytes->at = realloc(bytes->at, bytes->count + count);
    memcpy(bytes->at + bytes->count, data, count);
    bytes->count += count;
}

/* All objects of a PEM file; answers how many there are. */
static int read_pem(const char *path, struct bytes *objects) {
    br_pem_decoder_context decoder;
    size_t size, pushed;
    char *text = read_file(path, &size);
    int count = 0;
    br_pem_decoder_init(&decoder);
    while (text != NULL && size > 0) {
        pushed = br_pem_decoder_push(&decoder, text, size);
        text += pushed;
        size -= pushed;
        switch (br_pem_decoder_event(&decoder)) {
        case BR_PEM_BEGIN_OBJ:
            if (count == max_objects) return count;
            memset(&objects[count], 0, sizeof objects[count]);
            br_pem_decoder_setdest(&decoder, append, &objects[count]);
            break;
        case BR_PEM_END_OBJ:
            count++;
            break;
        case BR_PEM_ERROR:
            return count;
        }
    }
    return count;
}

/* What the decoder keeps of the key lies inside of it, so it must outlive the anchor. */
static const char *read_anchor(const char *path, br_x509_trust_anchor *anchor) {
    static br_x509_decoder_context decoder;
    struct bytes objects[max_objects];
    struct bytes name = {0};
    br_x509_pkey *key;
    if (read_pem(path, objects) < 1) return "no anchor";
    br_x509_decoder_init(&decoder, append, &name);
    br_x509_decoder_push(&decoder, objects[0].at, objects[0].count);
    key = br_x509_decoder_get_pkey(&decoder);
    if (key == NULL) return because("anchor", br_x509_decoder_last_error(&decoder));
    if (!br_x509_decoder_isCA(&decoder)) return "the anchor is no authority";
    anchor->dn.data = name.at;
    anchor->dn.len = name.count;
    anchor->flags = BR_X509_TA_CA;
    anchor->pkey = *key;
    return NULL;
}

static const char *judge(const struct question *asked) {
    br_x509_trust_anchor anchor;
    br_x509_minimal_context judge;
    br_x509_decoder_context list;
    struct bytes objects[max_objects];
    struct bytes name = {0};
    const br_x509_class *const *vtable = &judge.vtable;
    const char *why = read_anchor(asked->anchors, &anchor);
    int count, code;
    if (why != NULL) return why;
    if (is_given(asked->revoked)) {
        /* The one thing that it can decode is a certificate. */
        if (read_pem(asked->revoked, objects) < 1) return "no revocation list";
        br_x509_decoder_init(&list, append, &name);
        br_x509_decoder_push(&list, objects[0].at, objects[0].count);
        if (br_x509_decoder_last_error(&list) != 0)
            return because("revocation list", br_x509_decoder_last_error(&list));
    }
    count = read_pem(asked->chain, objects);
    br_x509_minimal_init_full(&judge, &anchor, 1);
    (*vtable)->start_chain((const br_x509_class **)vtable, NULL);
    for (int at = 0; at < count; at++) {
        (*vtable)->start_cert((const br_x509_class **)vtable, objects[at].count);
        (*vtable)->append((const br_x509_class **)vtable, objects[at].at, objects[at].count);
        (*vtable)->end_cert((const br_x509_class **)vtable);
    }
    code = (*vtable)->end_chain((const br_x509_class **)vtable);
    return code == 0 ? NULL : because("certificate", code);
}

static int receive(void *fd, unsigned char *data, size_t size) {
    ssize_t count = read(*(int *)fd, data, size);
    return count <= 0 ? -1 : (int)count;
}

static int send_on(void *fd, const unsigned char *data, size_t size) {
    ssize_t count = write(*(int *)fd, data, size);
    return count <= 0 ? -1 : (int)count;
}

static const char *talk(br_ssl_client_context *client, const struct question *asked) {
    static unsigned char buffer[BR_SSL_BUFSIZE_BIDI];
    br_sslio_context io;
    char heard[64];
    int fd = dial(asked->port), count, code;
    br_ssl_engine_set_buffer(&client->eng, buffer, sizeof buffer, 1);
    if (!br_ssl_client_reset(client, asked->name, 0))
        return because("start", br_ssl_engine_last_error(&client->eng));
    br_sslio_init(&io, &client->eng, receive, &fd, send_on, &fd);
    count = br_sslio_read(&io, heard, sizeof heard);
    code = br_ssl_engine_last_error(&client->eng);
    close(fd);
    return count <= 0 ? because("handshake", code) : why_not_greeted(heard, count);
}

static const char *shake(const struct question *asked) {
    static br_ssl_client_context client;
    static br_x509_minimal_context judge;
    static br_skey_decoder_context key;
    br_x509_trust_anchor anchor;
    struct bytes own[max_objects], keys[max_objects];
    br_x509_certificate chain[max_objects];
    int count;
    const char *why = read_anchor(asked->anchors, &anchor);
    if (why != NULL) return why;
    count = read_pem(asked->chain, own);
    if (count < 1 || read_pem(asked->key, keys) < 1) return "no own certificate";
    for (int at = 0; at < count; at++) chain[at] = (br_x509_certificate){own[at].at, own[at].count};
    br_skey_decoder_init(&key);
    br_skey_decoder_push(&key, keys[0].at, keys[0].count);
    if (br_skey_decoder_last_error(&key) != 0) return because("own key", br_skey_decoder_last_error(&key));
    br_ssl_client_init_full(&client, &judge, &anchor, 1);
    if (br_skey_decoder_key_type(&key) == BR_KEYTYPE_RSA)
        br_ssl_client_set_single_rsa(&client, chain, count, br_skey_decoder_get_rsa(&key), br_rsa_pkcs1_sign_get_default());
    else
        br_ssl_client_set_single_ec(&client, chain, count, br_skey_decoder_get_ec(&key), BR_KEYTYPE_KEYX | BR_KEYTYPE_SIGN,
                                    BR_KEYTYPE_EC, br_ec_get_default(), br_ecdsa_sign_asn1_get_default());
    return talk(&client, asked);
}

static const char *check(const struct question *asked) { return is_handshake(asked) ? shake(asked) : judge(asked); }

/* It does not say: whoever starts this asks the package. */
static const char *library_version(void) { return ""; }
