// faults.h: makes system calls of the relay's threads fail. faults_test.cc puts itself before the C
// library's.
#pragma once

#include <string_view>

namespace sluice::net::testing {

enum class Call {
    recv,
    sendmsg,
    accept4,
    socket,
    connect,
    so_error,
    getsockname,
    epoll_add,
    count_
};
std::string_view name(Call call);

// The n-th of these calls (from 1) made by another thread than this one fails, once, with this
// errno.
void fail_once(Call call, int error, int nth = 1);
// Forgets what was asked for; returns whether all of it happened.
bool faults_done();

}  // namespace sluice::net::testing
