#include "approval/encode.h"

#include <algorithm>

#include "base/crc32c.h"
#include "base/limits.h"
#include "base/time.h"

namespace sluice::approval {
namespace {

// The first byte. A field more is another version.
constexpr Byte kVersion = 1;
constexpr std::size_t kChecksumBytes = 4;

// -- Writing

void put(Buffer& out, std::string_view text) {
    append_be<std::uint32_t>(out, static_cast<std::uint32_t>(text.size()));
    append(out, as_bytes(text));
}

template <class Element, class Put>
void put_all(Buffer& out, const std::vector<Element>& elements, Put put_one) {
    append_be<std::uint32_t>(out, static_cast<std::uint32_t>(elements.size()));
    for (const Element& element : elements) put_one(element);
}

void put(Buffer& out, const std::vector<std::string>& texts) {
    put_all(out, texts, [&](const std::string& text) { put(out, text); });
}

void put(Buffer& out, const Requirement& requirement) {
    put(out, requirement.rule);
    put(out, requirement.groups);
    put(out, requirement.principals);
    append_be<std::uint32_t>(out, requirement.count);
}

void put(Buffer& out, const Ask& ask) {
    append(out, ask.digest.bytes);
    append_be<std::uint64_t>(out, ask.session);
    for (const std::string* text :
         {&ask.unit, &ask.cluster, &ask.principal, &ask.human, &ask.client, &ask.client_id,
          &ask.operation, &ask.resources, &ask.details})
        put(out, *text);
    put_all(out, ask.requirements, [&](const Requirement& one) { put(out, one); });
    append_be<std::int64_t>(out, nanoseconds(ask.ticket_life));
}

void put(Buffer& out, const Vote& vote) {
    put(out, vote.human);
    put(out, vote.principal);
    out.push_back(vote.approve ? 1 : 0);
    put_all(out, vote.meets, [&](std::uint32_t place) { append_be<std::uint32_t>(out, place); });
    put(out, vote.comment);
    append_be<std::int64_t>(out, vote.wall_ns);
}

// -- Reading

// Takes values off the front. After the first that is not there, all are empty and ok() is false.
class Reader {
  public:
    explicit Reader(Bytes bytes) : rest_(bytes) {}

    template <class T>
    T number() {
        const Bytes bytes = take(sizeof(T));
        if (bytes.empty()) return {};
        if constexpr (sizeof(T) == 1)
            return static_cast<T>(bytes[0]);
        else
            return load_be<T>(bytes.data());
    }
    std::string text() { return std::string(as_text(take(number<std::uint32_t>()))); }
    Bytes take(std::size_t count) {
        if (count > rest_.size()) return fail();
        const Bytes taken = rest_.first(count);
        rest_ = rest_.subspan(count);
        return taken;
    }
    // An element takes a byte at least, so a length beyond the rest is none.
    template <class Read>
    auto all(Read read_one) {
        std::vector<decltype(read_one())> elements;
        const auto count = number<std::uint32_t>();
        if (count > rest_.size()) fail();
        for (std::uint32_t i = 0; i < count && ok_; ++i) elements.push_back(read_one());
        return elements;
    }
    std::vector<std::string> texts() {
        return all([this] { return text(); });
    }
    Bytes fail() {
        ok_ = false;
        rest_ = {};
        return {};
    }
    [[nodiscard]] bool ok() const { return ok_; }
    [[nodiscard]] bool is_at_end() const { return ok_ && rest_.empty(); }

  private:
    Bytes rest_;
    bool ok_ = true;
};

Requirement read_requirement(Reader& reader) {
    Requirement requirement;
    requirement.rule = reader.text();
    requirement.groups = reader.texts();
    requirement.principals = reader.texts();
    requirement.count = reader.number<std::uint32_t>();
    return requirement;
}

Ask read_ask(Reader& reader) {
    Ask ask;
    const Bytes digest = reader.take(ask.digest.bytes.size());
    std::copy(digest.begin(), digest.end(), ask.digest.bytes.begin());
    ask.session = reader.number<std::uint64_t>();
    for (std::string* text : {&ask.unit, &ask.cluster, &ask.principal, &ask.human, &ask.client,
                              &ask.client_id, &ask.operation, &ask.resources, &ask.details})
        *text = reader.text();
    ask.requirements = reader.all([&] { return read_requirement(reader); });
    ask.ticket_life = std::chrono::nanoseconds(reader.number<std::int64_t>());
    return ask;
}

Vote read_vote(Reader& reader) {
    Vote vote;
    vote.human = reader.text();
    vote.principal = reader.text();
    const auto approve = reader.number<Byte>();
    if (approve > 1) reader.fail();
    vote.approve = approve == 1;
    vote.meets = reader.all([&] { return reader.number<std::uint32_t>(); });
    vote.comment = reader.text();
    vote.wall_ns = reader.number<std::int64_t>();
    return vote;
}

// -- What a request cannot be

bool is_sensible(const Vote& vote, const Ask& ask) {
    const bool ascending = std::adjacent_find(vote.meets.begin(), vote.meets.end(),
                                              std::greater_equal<>()) == vote.meets.end();
    return !vote.human.empty() && !same_human(vote.human, ask.human) && ascending &&
           !vote.meets.empty() && vote.meets.back() < ask.requirements.size();
}

bool have_voted_once(const std::vector<Vote>& votes) {
    for (std::size_t i = 0; i < votes.size(); ++i)
        for (std::size_t j = 0; j < i; ++j)
            if (same_human(votes[i].human, votes[j].human)) return false;
    return true;
}

bool has_denial(const Request& request) {
    return std::any_of(request.votes.begin(), request.votes.end(),
                       [](const Vote& vote) { return !vote.approve; });
}

bool votes_fit(const Request& request) {
    switch (request.state) {
        case State::approved:
        case State::used:
        case State::revoked:
            return is_satisfied(request);
        case State::denied:
            return has_denial(request);
        case State::pending:
        case State::cancelled:
            return !has_denial(request) && !is_satisfied(request);
        case State::expired:  // while pending, or as a ticket
            return !has_denial(request);
    }
    return false;
}

std::string_view flaw(const Request& request) {
    const Ask& ask = request.ask;
    if (!is_id(request.id)) return "its id is none";
    if (ask.requirements.empty() || ask.ticket_life.count() <= 0) return "its ask is incomplete";
    if (is_live(request.state) != (request.ended_ns == 0)) return "its end contradicts its state";
    if (request.votes.size() > limits::approval_votes_max + 1) return "it has too many votes";
    if (!have_voted_once(request.votes)) return "a human voted twice";
    for (const Vote& vote : request.votes)
        if (!is_sensible(vote, ask)) return "it has a vote that nobody could give";
    if (!votes_fit(request)) return "its votes contradict its state";
    const bool has_units = !request.used_units.empty();
    if (has_units && (ask.unit.empty() || !is_satisfied(request) || request.state == State::used))
        return "its used units contradict its state";
    if (request.state == State::used && !ask.unit.empty()) return "its unit contradicts its state";
    return {};
}

}  // namespace

void encode(const Request& request, Buffer& out) {
    const std::size_t start = out.size();
    out.push_back(kVersion);
    put(out, request.id);
    out.push_back(static_cast<Byte>(request.state));
    put(out, request.ask);
    put_all(out, request.votes, [&](const Vote& vote) { put(out, vote); });
    put(out, request.used_units);
    append_be<std::int64_t>(out, request.created_ns);
    append_be<std::int64_t>(out, request.expires_ns);
    append_be<std::int64_t>(out, request.ended_ns);
    append_be<std::uint32_t>(out, crc32c(Bytes(out).subspan(start)));
}

Result<Request> decode(Bytes form) {
    if (form.size() < 1 + kChecksumBytes) return Error{Errc::corrupt, "too short"};
    if (form.size() > limits::approval_request_bytes_max) return Error{Errc::corrupt, "too long"};
    const Bytes fields = form.first(form.size() - kChecksumBytes);
    if (load_be<std::uint32_t>(fields.data() + fields.size()) != crc32c(fields))
        return Error{Errc::corrupt, "its checksum is wrong"};
    if (fields[0] != kVersion)
        return Error{Errc::unsupported, "it has form " + std::to_string(fields[0])};
    Reader reader(fields.subspan(1));
    Request request;
    request.id = reader.text();
    const auto state = reader.number<Byte>();
    if (state >= kStates) return Error{Errc::corrupt, "its state is none"};
    request.state = static_cast<State>(state);
    request.ask = read_ask(reader);
    request.votes = reader.all([&] { return read_vote(reader); });
    request.used_units = reader.texts();
    request.created_ns = reader.number<std::int64_t>();
    request.expires_ns = reader.number<std::int64_t>();
    request.ended_ns = reader.number<std::int64_t>();
    if (!reader.is_at_end()) return Error{Errc::corrupt, "its fields do not fill it"};
    const std::string_view what = flaw(request);
    if (!what.empty()) return Error{Errc::corrupt, std::string(what)};
    return request;
}

}  // namespace sluice::approval
