# The codec's tables come from schema/*.schema; the generator needs Python's standard library alone.
set(kafka_schema ${CMAKE_CURRENT_LIST_DIR}/schema)
# Named so that the header is included as "kafka/slots.h".
set(kafka_tables ${CMAKE_CURRENT_BINARY_DIR}/kafka)
file(GLOB kafka_schema_inputs CONFIGURE_DEPENDS ${kafka_schema}/*.schema ${kafka_schema}/*.py)
add_custom_command(
  OUTPUT ${kafka_tables}/slots.h ${kafka_tables}/tables.cc
  COMMAND ${Python3_EXECUTABLE} -B ${kafka_schema}/generate.py ${kafka_schema} ${kafka_tables}
  DEPENDS ${kafka_schema_inputs}
  COMMENT "Generating Kafka's message tables"
  VERBATIM)
set(kafka_GENERATED ${kafka_tables}/tables.cc ${kafka_tables}/slots.h)

find_package(PkgConfig REQUIRED)
pkg_check_modules(CODECS REQUIRED IMPORTED_TARGET liblz4 libzstd snappy)
sluice_module(kafka sluice_base ZLIB::ZLIB PkgConfig::CODECS)
# Whoever includes a header of this folder needs slots.h before it compiles.
add_custom_target(kafka_slots DEPENDS ${kafka_tables}/slots.h ${kafka_tables}/tables.cc)
add_dependencies(sluice_kafka kafka_slots)
