#include "http/server.h"

#include <sys/socket.h>

#include <array>
#include <utility>

// Asio is compiled once (userspace/CMakeLists.txt).
#define BOOST_ASIO_SEPARATE_COMPILATION
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/beast/core/basic_stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <exception>
#include <map>
#include <mutex>
#include <optional>
#include <thread>

#include "base/log.h"
#include "http/socket_file.h"

namespace sluice::http {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace wire = boost::beast::http;
using boost::system::error_code;
using Local = asio::local::stream_protocol;

namespace {

// After a failed accept (no file descriptor left): how long until the next.
constexpr std::chrono::milliseconds kAcceptPause{100};
// What a client may still send behind a request that was answered before its end.
constexpr std::size_t kLingerBytesMax = 16 * limits::control_body_bytes_max;

std::optional<Peer> peer_of(int fd) {
    ucred credentials{};
    socklen_t size = sizeof credentials;
    if (::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return std::nullopt;
    return Peer{credentials.uid, credentials.gid, credentials.pid};
}

// Counts connections; from any thread.
class Admission {
  public:
    // A connection's place, as long as this lives.
    class Place {
      public:
        Place(Admission& admission, std::uint32_t uid) : admission_(&admission), uid_(uid) {}
        ~Place() {
            if (admission_ != nullptr) admission_->leave(uid_);
        }
        Place(Place&& other) noexcept
            : admission_(std::exchange(other.admission_, nullptr)), uid_(other.uid_) {}
        Place& operator=(Place&&) = delete;

      private:
        Admission* admission_;
        std::uint32_t uid_;
    };

    explicit Admission(const ServerOptions& options) : options_(options) {}
    std::optional<Place> enter(std::uint32_t uid) {
        const std::lock_guard lock(mutex_);
        std::size_t& mine = users_[uid];
        if (total_ < options_.connections_max && mine < options_.connections_per_user_max) {
            ++total_;
            ++mine;
            return Place(*this, uid);
        }
        if (mine == 0) users_.erase(uid);
        return std::nullopt;
    }

  private:
    void leave(std::uint32_t uid) {
        const std::lock_guard lock(mutex_);
        --total_;
        const auto at = users_.find(uid);
        if (--at->second == 0) users_.erase(at);
    }

    const ServerOptions& options_;
    std::mutex mutex_;
    std::map<std::uint32_t, std::size_t> users_;
    std::size_t total_ = 0;
};

struct Shared {
    ServerOptions options;
    ServerHandlers handlers;
    Admission admission{options};
    asio::io_context io{1};
    // Destroyed before `io`, whose sockets its tasks hold.
    asio::thread_pool pool{options.threads};
};

enum class Body : bool { left_out, sent };  // left out of the answer to HEAD

wire::response<wire::string_body> to_wire(Response&& response, bool keep_alive, Body body) {
    wire::response<wire::string_body> message(static_cast<wire::status>(response.status), 11);
    message.set(wire::field::content_type, response.content_type);
    message.set(wire::field::cache_control, "no-store");
    message.body() = std::move(response.body);
    message.keep_alive(keep_alive);
    message.prepare_payload();
    if (body == Body::left_out) message.body().clear();
    return message;
}

// One connection: read a request, have it answered, write the answer, again. On the thread of the
// sockets, but for the handler.
class Session : public std::enable_shared_from_this<Session> {
  public:
    Session(Shared& shared, Admission::Place place, Local::socket socket, Peer peer)
        : shared_(shared), place_(std::move(place)), stream_(std::move(socket)), peer_(peer) {}

    void read() {
        parser_.emplace();
        parser_->header_limit(limits::http_header_bytes_max);
        parser_->body_limit(limits::control_body_bytes_max);
        stream_.expires_after(shared_.options.deadline);
        wire::async_read(stream_, buffer_, *parser_,
                         [self = shared_from_this()](const error_code& failure, std::size_t) {
                             self->on_read(failure);
                         });
    }

  private:
    void on_read(const error_code& failure) {
        if (failure) return on_no_request(failure);
        stream_.expires_never();
        ++served_;
        keep_alive_ =
            parser_->get().keep_alive() && served_ < shared_.options.requests_per_connection_max;
        auto message = parser_->release();
        body_ = message.method() == wire::verb::head ? Body::left_out : Body::sent;
        Request request{std::string(message.method_string()), std::string(message.target()),
                        std::move(message.body()), peer_};
        run([request = std::move(request)](const ServerHandlers& handlers) {
            return handlers.answer(request);
        });
    }

    // Left, too slow, or no HTTP.
    void on_no_request(const error_code& failure) {
        if (failure == wire::error::end_of_stream) return;
        const bool parsed =
            failure.category() == wire::make_error_code(wire::error::bad_method).category();
        if (!parsed) return;
        unsigned status = 400;
        std::string sentence = "this is no HTTP request";
        if (failure == wire::error::body_limit) {
            status = 413;
            sentence = "the body is too large";
        } else if (failure == wire::error::header_limit ||
                   failure == wire::error::buffer_overflow) {
            status = 431;
            sentence = "the header is too large";
        }
        stream_.expires_never();
        keep_alive_ = false;
        body_ = Body::sent;
        run([status, sentence, peer = peer_](const ServerHandlers& handlers) {
            return handlers.refuse(status, sentence, peer);
        });
    }

    // The connection goes with the task: nobody else holds it meanwhile.
    template <class Work>
    void run(Work work) {
        asio::post(shared_.pool, [self = shared_from_this(), work = std::move(work)]() mutable {
            Response response = self->guarded(work);
            Shared& shared = self->shared_;
            asio::post(shared.io,
                       [self = std::move(self), response = std::move(response)]() mutable {
                           self->write(std::move(response));
                       });
        });
    }

    template <class Work>
    Response guarded(const Work& work) {
        const ServerHandlers& handlers = shared_.handlers;
        try {
            return work(handlers);
        } catch (const std::exception& error) {
            log::error("control: a request failed inside: {}", error.what());
        } catch (...) {
            log::error("control: a request failed inside");
        }
        try {
            return handlers.refuse(500, "the request failed inside", peer_);
        } catch (...) {
            return {500, "text/plain", ""};
        }
    }

    void write(Response response) {
        response_.emplace(to_wire(std::move(response), keep_alive_, body_));
        stream_.expires_after(shared_.options.deadline);
        wire::async_write(stream_, *response_,
                          [self = shared_from_this()](const error_code& failure, std::size_t) {
                              if (failure) return;
                              if (self->keep_alive_) return self->read();
                              error_code ignored;
                              self->stream_.socket().shutdown(Local::socket::shutdown_send,
                                                              ignored);
                              self->linger();
                          });
    }

    // Whoever is still sending would lose the answer with a connection that is closed now: what
    // comes is passed over until they have seen it, within bounds.
    void linger() {
        stream_.async_read_some(
            asio::buffer(passed_over_),
            [self = shared_from_this()](const error_code& failure, std::size_t bytes) {
                self->lingered_ += bytes;
                if (!failure && self->lingered_ <= kLingerBytesMax) self->linger();
            });
    }

    Shared& shared_;
    Admission::Place place_;
    std::array<char, 4096> passed_over_{};
    std::size_t lingered_ = 0;
    beast::basic_stream<Local> stream_;
    Peer peer_;
    beast::flat_buffer buffer_{limits::http_header_bytes_max + limits::control_body_bytes_max};
    std::optional<wire::request_parser<wire::string_body>> parser_;
    std::optional<wire::response<wire::string_body>> response_;
    std::size_t served_ = 0;
    bool keep_alive_ = false;
    Body body_ = Body::sent;
};

}  // namespace

struct Server::State {
    State(ServerOptions options, ServerHandlers handlers)
        : shared{std::move(options), std::move(handlers)} {}

    void accept();
    void take(Local::socket socket);
    void run();

    Shared shared;
    std::optional<SocketFile> file;
    Local::acceptor acceptor{shared.io};
    asio::steady_timer pause{shared.io};
    std::thread thread;
};

void Server::State::accept() {
    acceptor.async_accept([this](const error_code& failure, Local::socket socket) {
        if (!failure) {
            accept();
            return take(std::move(socket));
        }
        pause.expires_after(kAcceptPause);
        pause.async_wait([this](const error_code& ended) {
            if (!ended) accept();
        });
    });
}

void Server::State::take(Local::socket socket) {
    const auto peer = peer_of(socket.native_handle());
    if (!peer) return;
    if (auto place = shared.admission.enter(peer->uid)) {
        std::make_shared<Session>(shared, std::move(*place), std::move(socket), *peer)->read();
        return;
    }
    // A fresh socket has room for so little; a client that asks for more gets less.
    wire::response<wire::string_body> busy = to_wire(
        shared.handlers.refuse(503, "too many connections; try again", *peer), false, Body::sent);
    error_code ignored;
    socket.non_blocking(true, ignored);
    wire::write(socket, busy, ignored);
}

void Server::State::run() {
    accept();
    thread = std::thread([this] {
        for (;;) {
            try {
                shared.io.run();
                return;
            } catch (const std::exception& error) {
                // Ends the one connection whose handler it came from.
                log::error("control: a connection failed inside: {}", error.what());
            }
        }
    });
}

Server::Server(std::unique_ptr<State> state) : state_(std::move(state)) {}

Result<std::unique_ptr<Server>> Server::start(ServerOptions options, ServerHandlers handlers) {
    auto file = SocketFile::listen(options.socket, options.group,
                                   static_cast<int>(limits::control_connections_max));
    if (!file) return std::move(file).error();
    try {
        auto state = std::make_unique<State>(std::move(options), std::move(handlers));
        state->file.emplace(std::move(*file));
        state->acceptor.assign(Local(), state->file->release_fd());
        state->run();
        return std::unique_ptr<Server>(new Server(std::move(state)));
    } catch (const std::exception& error) {
        return Error{Errc::io, std::string("start the control socket: ") + error.what()};
    }
}

Server::~Server() {
    state_->file.reset();
    state_->shared.io.stop();
    state_->thread.join();
    state_->shared.pool.stop();
    state_->shared.pool.join();
}

}  // namespace sluice::http
