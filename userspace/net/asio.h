// asio.h: the parts of Boost.Asio this folder uses; the only place that includes it.
//
// Asio is compiled once, in asio_impl.cc. <utility> comes first: 1.81 leaves it out of headers that
// need it.
#pragma once

#include <utility>

#ifndef BOOST_ASIO_SEPARATE_COMPILATION
#define BOOST_ASIO_SEPARATE_COMPILATION
#endif

#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/basic_stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sluice::net {

namespace asio = boost::asio;
using ErrorCode = boost::system::error_code;

// Everything of one context is touched by one thread; only post() crosses threads. So the reactor
// needs no locks of its own.
inline constexpr int kOneThread = BOOST_ASIO_CONCURRENCY_HINT_UNSAFE_IO;

}  // namespace sluice::net
