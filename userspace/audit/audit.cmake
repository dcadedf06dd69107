# The audit folder encodes by hand (one event per request-partition, on the worker's thread).
# protoc's classes of audit/event.proto exist for the tests alone, which read our bytes with them
# and the other way round.
sluice_module(audit sluice_base OpenSSL::Crypto)

if(NOT SLUICE_FUZZ)
  set(audit_proto_dir ${CMAKE_CURRENT_BINARY_DIR}/audit_proto)
  file(MAKE_DIRECTORY ${audit_proto_dir}/audit)
  add_custom_command(
    OUTPUT ${audit_proto_dir}/audit/event.pb.cc ${audit_proto_dir}/audit/event.pb.h
    COMMAND protobuf::protoc --cpp_out=${audit_proto_dir} --proto_path=${CMAKE_CURRENT_SOURCE_DIR}
            audit/event.proto
    DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/audit/event.proto)
  add_library(sluice_audit_proto STATIC EXCLUDE_FROM_ALL ${audit_proto_dir}/audit/event.pb.cc)
  target_include_directories(sluice_audit_proto SYSTEM PUBLIC ${audit_proto_dir})
  target_link_libraries(sluice_audit_proto PUBLIC protobuf::libprotobuf)
endif()
