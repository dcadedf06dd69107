// version.h: the version of this build, as CMakeLists.txt's project() says it.
#pragma once

namespace sluice::app {

inline constexpr char kVersion[] = "0.1.0";

}  // namespace sluice::app
