// steer_tool: capture::Steering by hand, for the lab and the tests. Not a relay.
//
//   steer_tool hold      [key=value ...]   sets up, prints "ready", answers each captured
//   connection with one line
//                                          "BROKER CLIENT" (what accept saw) and closes it; reads
//                                          commands from its standard input (cover A:P, uncover
//                                          A:P, status); ends with it
//   steer_tool status    [key=value ...]   what the kernel has, one key=value a line
//   steer_tool uninstall [key=value ...]
//
// Keys: run, interfaces (a,b), networks (10.0.0.0/8,...), ports (9092,...), networks6, mark, mask,
// table, preference, bpffs, attach (auto or cls_bpf).
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <map>
#include <sstream>
#include <string>

#include "base/log.h"
#include "capture/steering.h"

namespace sluice::capture {
namespace {

std::vector<std::string> split(const std::string& text, char separator) {
    std::vector<std::string> out;
    std::istringstream parts(text);
    for (std::string part; std::getline(parts, part, separator);) out.push_back(part);
    return out;
}

std::uint32_t address_of(const std::string& text) {
    in_addr address{};
    if (::inet_pton(AF_INET, text.c_str(), &address) != 1) {
        std::fprintf(stderr, "steer_tool: `%s` is no IPv4 address\n", text.c_str());
        std::exit(2);
    }
    return ntohl(address.s_addr);
}

std::uint32_t number_of(const std::string& text) {
    return static_cast<std::uint32_t>(std::strtoul(text.c_str(), nullptr, 0));
}

Endpoint endpoint_of(const std::string& text) {
    const std::size_t colon = text.find(':');
    return {address_of(text.substr(0, colon)),
            static_cast<std::uint16_t>(number_of(text.substr(colon + 1)))};
}

SteeringOptions options_of(const std::map<std::string, std::string>& keys) {
    SteeringOptions out;
    for (const auto& [key, value] : keys) {
        if (key == "run")
            out.run_id = value;
        else if (key == "interfaces")
            out.client_interfaces = split(value, ',');
        else if (key == "networks6")
            out.ipv6_networks = split(value, ',');
        else if (key == "mark")
            out.mark = number_of(value);
        else if (key == "mask")
            out.mark_mask = number_of(value);
        else if (key == "table")
            out.table = number_of(value);
        else if (key == "preference")
            out.preference = number_of(value);
        else if (key == "bpffs")
            out.bpffs = value;
        else if (key == "attach")
            out.attach = value == "cls_bpf" ? Attach::cls_bpf : Attach::automatic;
        else if (key == "ports") {
            for (const std::string& port : split(value, ','))
                out.ports.push_back(static_cast<std::uint16_t>(number_of(port)));
        } else if (key == "networks") {
            for (const std::string& network : split(value, ',')) {
                const std::size_t slash = network.find('/');
                const std::uint32_t prefix =
                    slash == std::string::npos ? 32 : number_of(network.substr(slash + 1));
                out.networks.push_back(
                    {address_of(network.substr(0, slash)), static_cast<std::uint8_t>(prefix)});
            }
        } else {
            std::fprintf(stderr, "steer_tool: unknown key `%s`\n", key.c_str());
            std::exit(2);
        }
    }
    return out;
}

int fail(const Error& error) {
    std::fprintf(stderr, "steer_tool: %s: %s\n", std::string(sluice::name(error.code)).c_str(),
                 error.context.c_str());
    return 1;
}

int print_status(Steering& steering) {
    auto status = steering.status();
    if (!status) return fail(status.error());
    std::printf(
        "attached=%d\nattach_kind=%s\nguard=%d\nroute=%d\nlistener=%d\nforwarding=%d\nguard_"
        "rejected=%llu\n",
        status->attached, status->attach_kind.c_str(), status->guard, status->route,
        status->listener, status->forwarding,
        static_cast<unsigned long long>(status->guard_rejected));
    for (int i = 0; i < static_cast<int>(Verdict::count_); ++i)
        std::printf("%s=%llu\n", name(static_cast<Verdict>(i)),
                    static_cast<unsigned long long>(status->verdicts[i]));
    std::printf("end\n");
    return 0;
}

std::string text_of(const sockaddr_in& socket) {
    return to_text({ntohl(socket.sin_addr.s_addr), ntohs(socket.sin_port)});
}

void answer(int listener) {
    sockaddr_in client{}, broker{};
    socklen_t bytes = sizeof client;
    const int fd = ::accept4(listener, reinterpret_cast<sockaddr*>(&client), &bytes, SOCK_CLOEXEC);
    if (fd < 0) return;
    bytes = sizeof broker;
    ::getsockname(fd, reinterpret_cast<sockaddr*>(&broker), &bytes);
    const std::string line = text_of(broker) + " " + text_of(client) + "\n";
    if (::send(fd, line.data(), line.size(), MSG_NOSIGNAL) < 0) std::perror("steer_tool: send");
    ::close(fd);
}

int obey(Steering& steering, const std::string& line) {
    const std::vector<std::string> words = split(line, ' ');
    if (words.size() == 1 && words[0] == "status") return print_status(steering);
    const bool repair = words.size() == 1 && words[0] == "repair";
    if (!repair && words.size() != 2) return 2;
    const Endpoint broker = repair ? Endpoint{} : endpoint_of(words[1]);
    auto done = repair                ? steering.repair()
                : words[0] == "cover" ? steering.cover(broker)
                                      : steering.uncover(broker);
    if (!done) return fail(done.error());
    std::printf("done\n");
    return 0;
}

int hold(Steering& steering) {
    auto listener = steering.start();
    if (!listener) return fail(listener.error());
    std::printf("ready\n");
    std::string pending;
    for (;;) {
        pollfd watched[2] = {{*listener, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
        if (::poll(watched, 2, -1) < 0) return 1;
        if (watched[0].revents != 0) answer(*listener);
        if (watched[1].revents == 0) continue;
        char bytes[512];
        const ssize_t count = ::read(STDIN_FILENO, bytes, sizeof bytes);
        if (count <= 0) return 0;
        pending.append(bytes, static_cast<std::size_t>(count));
        for (std::size_t end; (end = pending.find('\n')) != std::string::npos;
             pending.erase(0, end + 1))
            if (const int code = obey(steering, pending.substr(0, end)); code != 0) return code;
    }
}

int run(int count, char** words) {
    ::setvbuf(stdout, nullptr, _IOLBF, 0);
    if (auto ready = log::init("info"); !ready) return fail(ready.error());
    std::map<std::string, std::string> keys;
    for (int i = 2; i < count; ++i) {
        const std::string word = words[i];
        keys[word.substr(0, word.find('='))] = word.substr(word.find('=') + 1);
    }
    const std::string command = count > 1 ? words[1] : "";
    const SteeringOptions options = options_of(keys);
    if (command == "hold") return hold(*make_steering(options));
    if (command == "status") return print_status(*make_steering(options));
    if (command == "uninstall") {
        auto done = uninstall(options);
        return done ? 0 : fail(done.error());
    }
    std::fprintf(stderr, "usage: steer_tool hold|status|uninstall [key=value ...]\n");
    return 2;
}

}  // namespace
}  // namespace sluice::capture

int main(int count, char** words) {
    return sluice::capture::run(count, words);
}
