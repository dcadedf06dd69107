// tables.h: the generated tables, for the files of this folder alone. tables.cc defines them.
//
// Beside the layouts: for each version with an error slot, the program of its error answer. It runs
// from op 0 to `end` and appends bytes; `array` runs its ops once per element that the request had.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/bytes.h"
#include "kafka/api.h"
#include "kafka/layout.h"

namespace sluice::kafka {

enum class AnswerCode : std::uint8_t {
    end,
    constant,  // `extra` bytes of Answer::constants from `arg` on
    error,     // the code, if group `arg` is where it belongs, else 0
    message,   // int16 length
    compact_message,
    int8,  // a key of the request's element, by slot
    int16,
    int32,
    int64,
    uuid,
    string,
    compact_string,
    // An element for each of the request's array `slot`; `arg`: op to go on with after it; `extra`:
    // groups inside, a bit each. Empty where the code belongs to none of them.
    array,
    compact_array,
};

struct AnswerOp {
    AnswerCode code;
    Slot slot;
    std::uint16_t arg;
    std::uint16_t extra;
    bool nullable;  // of the response's field
};

// Where a code goes: the groups that name it, else those that name none.
struct ErrorGroup {
    std::int16_t codes[4];
    std::uint8_t count;
};

struct Answer {
    const AnswerOp* ops;
    const Byte* constants;
    const ErrorGroup* groups;
    std::uint8_t group_count;
};

struct Version {
    const Layout* request;
    const Layout* response;
    const Answer* answer;  // nullptr: no error slot
};

extern const ApiRange kApis[];  // sorted by key
extern const std::size_t kApiCount;
extern const Version* const kVersions[];  // beside kApis; from the lowest version on
extern const std::uint8_t kApiIndex[];    // by key: index into kApis + 1, 0 where not understood
extern const std::size_t kApiIndexCount;
extern const char* const kApiNames[];  // by key, also of APIs not understood
extern const std::size_t kApiNameCount;

// nullptr where (key, version) is not understood.
const Version* find_version(ApiKey key, ApiVersion version) noexcept;

}  // namespace sluice::kafka
