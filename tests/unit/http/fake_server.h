// fake_server.h: a server for tests on the loopback: says what it is told, whatever it is asked.
#pragma once

#include <netinet/in.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "base/check.h"

namespace sluice::http::fake {

inline std::string answer(const std::string& body, const std::string& status = "200 OK",
                          const std::string& headers = "") {
    return "HTTP/1.1 " + status + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" +
           headers + "\r\n" + body;
}

// A certificate for "localhost" that vouches for itself, and the file of it.
class Identity {
  public:
    Identity() : key(EVP_EC_gen("P-256"), EVP_PKEY_free), certificate(X509_new(), X509_free) {
        X509_set_version(certificate.get(), X509_VERSION_3);
        ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
        X509_set_pubkey(certificate.get(), key.get());
        X509_NAME* subject = X509_get_subject_name(certificate.get());
        X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                                   reinterpret_cast<const unsigned char*>("localhost"), -1, -1, 0);
        X509_set_issuer_name(certificate.get(), subject);
        extend(NID_subject_alt_name, "DNS:localhost");
        extend(NID_basic_constraints, "critical,CA:TRUE");
        SLUICE_CHECK(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0);
        char name[] = "/tmp/sluice-http-XXXXXX";
        const int fd = ::mkstemp(name);
        SLUICE_CHECK(fd >= 0);
        FILE* out = ::fdopen(fd, "w");
        PEM_write_X509(out, certificate.get());
        std::fclose(out);
        ca_file = name;
    }
    ~Identity() { std::filesystem::remove(ca_file); }
    Identity(const Identity&) = delete;
    Identity& operator=(const Identity&) = delete;

    std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key;
    std::unique_ptr<X509, decltype(&X509_free)> certificate;
    std::string ca_file;

  private:
    void extend(int nid, const char* value) {
        X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
        X509_add_ext(certificate.get(), extension, -1);
        X509_EXTENSION_free(extension);
    }
};

class Server {
  public:
    // With an identity it speaks TLS.
    explicit Server(std::string says, const Identity* identity = nullptr)
        : says_(std::move(says)), socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
        ::signal(SIGPIPE, SIG_IGN);  // as the daemon does; TLS on both sides writes to who left
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        SLUICE_CHECK(::bind(socket_, reinterpret_cast<sockaddr*>(&address), size) == 0);
        SLUICE_CHECK(::listen(socket_, 4) == 0);
        ::getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        if (identity != nullptr) {
            tls_.reset(SSL_CTX_new(TLS_server_method()));
            SSL_CTX_use_certificate(tls_.get(), identity->certificate.get());
            SSL_CTX_use_PrivateKey(tls_.get(), identity->key.get());
        }
        thread_ = std::thread([this] { run(); });
    }
    ~Server() {
        ::shutdown(socket_, SHUT_RDWR);
        thread_.join();
        ::close(socket_);
    }
    Server(const Server&) = delete;
    Server& operator=(const Server&) = delete;

    [[nodiscard]] std::string url(const std::string& scheme = "http",
                                  const std::string& host = "127.0.0.1") const {
        return scheme + "://" + host + ":" + std::to_string(port_) + "/keys";
    }
    [[nodiscard]] int accepted() const { return accepted_; }
    // What the last client asked; to be read after it has its answer.
    [[nodiscard]] const std::string& asked() const { return asked_; }

  private:
    void run() {
        for (int client; (client = ::accept(socket_, nullptr, nullptr)) >= 0; ::close(client)) {
            ++accepted_;
            if (tls_)
                serve_tls(client);
            else
                serve([&](char* into, std::size_t size) { return ::recv(client, into, size, 0); },
                      [&](const char* from, std::size_t size) {
                          return ::send(client, from, size, MSG_NOSIGNAL);
                      });
        }
    }
    void serve_tls(int client) {
        SSL* ssl = SSL_new(tls_.get());
        SSL_set_fd(ssl, client);
        if (SSL_accept(ssl) == 1)
            serve(
                [&](char* into, std::size_t size) {
                    return ssize_t{SSL_read(ssl, into, static_cast<int>(size))};
                },
                [&](const char* from, std::size_t size) {
                    return ssize_t{SSL_write(ssl, from, static_cast<int>(size))};
                });
        SSL_shutdown(ssl);
        SSL_free(ssl);
    }
    template <class Receive, class Send>
    void serve(const Receive& receive, const Send& send) {
        std::string request;
        char buffer[4096];
        while (request.find("\r\n\r\n") == std::string::npos) {
            const ssize_t got = receive(buffer, sizeof buffer);
            if (got <= 0) return;
            request.append(buffer, static_cast<std::size_t>(got));
            if (request[0] == 0x16) break;  // a ClientHello: this client will never ask
        }
        asked_ = request;
        for (std::string_view rest = says_; !rest.empty();) {
            const ssize_t sent = send(rest.data(), std::min<std::size_t>(rest.size(), 16'384));
            if (sent <= 0) return;
            rest.remove_prefix(static_cast<std::size_t>(sent));
        }
        // Says nothing more and waits for the client to leave.
        while (receive(buffer, sizeof buffer) > 0) continue;
    }

    struct Free {
        void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    };
    std::string says_, asked_;
    int socket_;
    std::uint16_t port_ = 0;
    std::atomic<int> accepted_{0};
    std::unique_ptr<SSL_CTX, Free> tls_;
    std::thread thread_;
};

}  // namespace sluice::http::fake
