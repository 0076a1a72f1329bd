/*
 * openssl - OpenSSL, which is loaded where it is needed.
 *
 * libcrypto is large: to load it takes longer than the rest of what happens before main().  The
 * supervisor, which is root, does without, and without TLS a generation does without libssl.  So the
 * program is not linked with them: their functions are found by dlopen(3), and called by their usual
 * names through a table.  Whoever calls one includes this in place of <openssl/...>; digest_new(),
 * digest_hmac(), pem_open() and tls_context_new() have loaded it before, and whoever has what they
 * give, or was asked x509_missing(), need not look again.
 */
#ifndef BASE_OPENSSL_H
#define BASE_OPENSSL_H

#include "base/openssl_table.h"

#define SSL_CIPHER_get_name openssl.SSL_CIPHER_get_name
#define SSL_CTX_add_client_CA openssl.SSL_CTX_add_client_CA
#define SSL_CTX_ctrl openssl.SSL_CTX_ctrl
#define SSL_CTX_free openssl.SSL_CTX_free
#define SSL_CTX_get_cert_store openssl.SSL_CTX_get_cert_store
#define SSL_CTX_get_verify_mode openssl.SSL_CTX_get_verify_mode
#define SSL_CTX_new openssl.SSL_CTX_new
#define SSL_CTX_set_alpn_select_cb openssl.SSL_CTX_set_alpn_select_cb
#define SSL_CTX_set_cipher_list openssl.SSL_CTX_set_cipher_list
#define SSL_CTX_set_ciphersuites openssl.SSL_CTX_set_ciphersuites
#define SSL_CTX_set_client_hello_cb openssl.SSL_CTX_set_client_hello_cb
#define SSL_CTX_set_num_tickets openssl.SSL_CTX_set_num_tickets
#define SSL_CTX_set_options openssl.SSL_CTX_set_options
#define SSL_CTX_set_session_id_context openssl.SSL_CTX_set_session_id_context
#define SSL_CTX_set_timeout openssl.SSL_CTX_set_timeout
#define SSL_CTX_set_tlsext_ticket_key_evp_cb openssl.SSL_CTX_set_tlsext_ticket_key_evp_cb
#define SSL_CTX_set_verify openssl.SSL_CTX_set_verify
#define SSL_CTX_use_PrivateKey openssl.SSL_CTX_use_PrivateKey
#define SSL_CTX_use_certificate openssl.SSL_CTX_use_certificate
#define SSL_client_hello_get0_ext openssl.SSL_client_hello_get0_ext
#define SSL_do_handshake openssl.SSL_do_handshake
#define SSL_free openssl.SSL_free
#define SSL_get0_alpn_selected openssl.SSL_get0_alpn_selected
#define SSL_get0_peer_certificate openssl.SSL_get0_peer_certificate
#define SSL_get_current_cipher openssl.SSL_get_current_cipher
#define SSL_get_error openssl.SSL_get_error
#define SSL_get_ex_data openssl.SSL_get_ex_data
#define SSL_get_rbio openssl.SSL_get_rbio
#define SSL_get_servername openssl.SSL_get_servername
#define SSL_get_shutdown openssl.SSL_get_shutdown
#define SSL_get_version openssl.SSL_get_version
#define SSL_get_wbio openssl.SSL_get_wbio
#define SSL_has_pending openssl.SSL_has_pending
#define SSL_is_init_finished openssl.SSL_is_init_finished
#define SSL_new openssl.SSL_new
#define SSL_read_ex openssl.SSL_read_ex
#define SSL_select_next_proto openssl.SSL_select_next_proto
#define SSL_session_reused openssl.SSL_session_reused
#define SSL_set0_rbio openssl.SSL_set0_rbio
#define SSL_set0_wbio openssl.SSL_set0_wbio
#define SSL_set_SSL_CTX openssl.SSL_set_SSL_CTX
#define SSL_set_accept_state openssl.SSL_set_accept_state
#define SSL_set_ex_data openssl.SSL_set_ex_data
#define SSL_set_fd openssl.SSL_set_fd
#define SSL_set_num_tickets openssl.SSL_set_num_tickets
#define SSL_set_verify openssl.SSL_set_verify
#define SSL_shutdown openssl.SSL_shutdown
#define SSL_version openssl.SSL_version
#define SSL_want openssl.SSL_want
#define SSL_write_ex openssl.SSL_write_ex
#define TLS_server_method openssl.TLS_server_method
#define ASN1_STRING_get0_data openssl.ASN1_STRING_get0_data
#define ASN1_STRING_length openssl.ASN1_STRING_length
#define ASN1_TIME_to_tm openssl.ASN1_TIME_to_tm
#define BIO_clear_flags openssl.BIO_clear_flags
#define BIO_ctrl openssl.BIO_ctrl
#define BIO_free openssl.BIO_free
#define BIO_get_callback_arg openssl.BIO_get_callback_arg
#define BIO_get_data openssl.BIO_get_data
#define BIO_meth_free openssl.BIO_meth_free
#define BIO_meth_new openssl.BIO_meth_new
#define BIO_meth_set_ctrl openssl.BIO_meth_set_ctrl
#define BIO_meth_set_write_ex openssl.BIO_meth_set_write_ex
#define BIO_new openssl.BIO_new
#define BIO_new_mem_buf openssl.BIO_new_mem_buf
#define BIO_new_socket openssl.BIO_new_socket
#define BIO_s_mem openssl.BIO_s_mem
#define BIO_set_callback_arg openssl.BIO_set_callback_arg
#define BIO_set_callback_ex openssl.BIO_set_callback_ex
#define BIO_set_data openssl.BIO_set_data
#define BIO_set_flags openssl.BIO_set_flags
#define BIO_set_init openssl.BIO_set_init
#define CRYPTO_free openssl.CRYPTO_free
#define CRYPTO_memcmp openssl.CRYPTO_memcmp
#define CRYPTO_strndup openssl.CRYPTO_strndup
#define ERR_clear_error openssl.ERR_clear_error
#define ERR_peek_last_error openssl.ERR_peek_last_error
#define ERR_reason_error_string openssl.ERR_reason_error_string
#define EVP_CIPHER_get_iv_length openssl.EVP_CIPHER_get_iv_length
#define EVP_CipherInit_ex openssl.EVP_CipherInit_ex
#define EVP_DigestFinal_ex openssl.EVP_DigestFinal_ex
#define EVP_DigestInit_ex openssl.EVP_DigestInit_ex
#define EVP_DigestUpdate openssl.EVP_DigestUpdate
#define EVP_MAC_CTX_set_params openssl.EVP_MAC_CTX_set_params
#define EVP_MD_CTX_free openssl.EVP_MD_CTX_free
#define EVP_MD_CTX_new openssl.EVP_MD_CTX_new
#define EVP_PKEY_eq openssl.EVP_PKEY_eq
#define EVP_PKEY_free openssl.EVP_PKEY_free
#define EVP_PKEY_get_base_id openssl.EVP_PKEY_get_base_id
#define EVP_aes_256_cbc openssl.EVP_aes_256_cbc
#define EVP_sha256 openssl.EVP_sha256
#define GENERAL_NAMES_free openssl.GENERAL_NAMES_free
#define HMAC openssl.HMAC
#define OPENSSL_cleanse openssl.OPENSSL_cleanse
#define OPENSSL_sk_num openssl.OPENSSL_sk_num
#define OPENSSL_sk_value openssl.OPENSSL_sk_value
#define OSSL_PARAM_construct_end openssl.OSSL_PARAM_construct_end
#define OSSL_PARAM_construct_octet_string openssl.OSSL_PARAM_construct_octet_string
#define OSSL_PARAM_construct_utf8_string openssl.OSSL_PARAM_construct_utf8_string
#define PEM_read_bio_PrivateKey openssl.PEM_read_bio_PrivateKey
#define PEM_read_bio_X509 openssl.PEM_read_bio_X509
#define PEM_read_bio_X509_AUX openssl.PEM_read_bio_X509_AUX
#define RAND_bytes openssl.RAND_bytes
#define X509_NAME_print_ex openssl.X509_NAME_print_ex
#define X509_STORE_add_cert openssl.X509_STORE_add_cert
#define X509_free openssl.X509_free
#define X509_get0_notAfter openssl.X509_get0_notAfter
#define X509_get0_notBefore openssl.X509_get0_notBefore
#define X509_get0_pubkey openssl.X509_get0_pubkey
#define X509_get_ext_d2i openssl.X509_get_ext_d2i
#define X509_get_subject_name openssl.X509_get_subject_name

#endif
