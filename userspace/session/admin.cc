#include "session/admin.h"

#include "kafka/api.h"

namespace sluice::session {

bool is_admin_change(kafka::ApiKey key) noexcept {
    switch (key) {
        case kafka::api::create_topics:
        case kafka::api::delete_topics:
        case kafka::api::delete_records:
        case kafka::api::alter_configs:
        case kafka::api::create_partitions:
        case kafka::api::delete_groups:
        case kafka::api::incremental_alter_configs:
        case kafka::api::offset_delete:
            return true;
        default:
            return false;
    }
}

}  // namespace sluice::session
