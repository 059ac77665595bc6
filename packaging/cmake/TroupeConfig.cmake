# Troupe for CMake:
#
#   find_package(Troupe REQUIRED)
#   troupe_algorithm(greeting SOURCES greeting.cc main.cc)   # a program with all of Troupe's verbs
#
# Targets: Troupe::troupe (static) and Troupe::troupe_shared.
cmake_minimum_required(VERSION 3.18)

# The same words that a wrong compiler would say later, and less clearly.
if(NOT CMAKE_CXX_COMPILER_ID)
  message(FATAL_ERROR "Troupe is a C++ library: name CXX in project(... LANGUAGES CXX).")
elseif(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  message(FATAL_ERROR
    "g++ ${CMAKE_CXX_COMPILER_VERSION} miscompiles coroutines, so Troupe refuses it. Configure with "
    "clang: cmake -DCMAKE_CXX_COMPILER=clang++-19 ... in a new build folder.")
endif()

get_filename_component(_troupe_prefix "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)

find_package(PkgConfig REQUIRED)
# Troupe's headers need these; static linking needs all of them.
set(_troupe_pkg_config_path "$ENV{PKG_CONFIG_PATH}")
set(ENV{PKG_CONFIG_PATH} "${_troupe_prefix}/lib/pkgconfig:${_troupe_pkg_config_path}")
pkg_check_modules(_TROUPE_NEEDS REQUIRED IMPORTED_TARGET @REQUIRES@)
set(ENV{PKG_CONFIG_PATH} "${_troupe_pkg_config_path}")

foreach(_troupe_kind IN ITEMS troupe troupe_shared)
  if(TARGET Troupe::${_troupe_kind})
    continue()
  endif()
  if(_troupe_kind STREQUAL "troupe")
    add_library(Troupe::troupe STATIC IMPORTED)
    set(_troupe_file libtroupe.a)
  else()
    add_library(Troupe::troupe_shared SHARED IMPORTED)
    set(_troupe_file libtroupe.so)
  endif()
  set_target_properties(Troupe::${_troupe_kind} PROPERTIES
    IMPORTED_LOCATION "${_troupe_prefix}/lib/${_troupe_file}"
    INTERFACE_INCLUDE_DIRECTORIES "${_troupe_prefix}/include/troupe"
    INTERFACE_COMPILE_FEATURES cxx_std_20
    # No fused multiply-add: a simulation gives the same numbers on every machine.
    INTERFACE_COMPILE_OPTIONS "-ffp-contract=off"
    INTERFACE_LINK_LIBRARIES PkgConfig::_TROUPE_NEEDS)
endforeach()

# troupe_algorithm(NAME SOURCES FILE...): a program whose main() calls troupe::run_command_line().
# Assertions stay on, as in Troupe itself, and the build is optimized unless it says otherwise.
function(troupe_algorithm name)
  cmake_parse_arguments(PARSE_ARGV 1 ARGUMENT "" "" "SOURCES")
  if(NOT ARGUMENT_SOURCES)
    message(FATAL_ERROR "troupe_algorithm(${name} ...) names no sources: "
      "write troupe_algorithm(${name} SOURCES ${name}.cc main.cc)")
  elseif(ARGUMENT_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "troupe_algorithm(${name} ...) does not know: ${ARGUMENT_UNPARSED_ARGUMENTS}")
  endif()
  add_executable(${name} ${ARGUMENT_SOURCES})
  target_link_libraries(${name} PRIVATE Troupe::troupe)
  target_compile_options(${name} PRIVATE -UNDEBUG $<$<NOT:$<BOOL:${CMAKE_BUILD_TYPE}>>:-O1>)
endfunction()
