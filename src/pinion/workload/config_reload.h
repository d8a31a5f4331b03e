// Notes edits of a configuration file, which a running process does not apply. Private to workload/.
#ifndef PINION_WORKLOAD_CONFIG_RELOAD_H_
#define PINION_WORKLOAD_CONFIG_RELOAD_H_

#include <memory>
#include <string>

#include "pinion/source/reloadable.h"
#include "pinion/v1/config.pb.h"

namespace pinion {

// The configuration that the process was started with, from its text, where the file says the same; comments and layout
// are free. FailedPrecondition otherwise: "restart to apply: server.unlisted_clients REFUSE -> ACCEPT". InvalidArgument
// where the file could not start a process at all. Shows no PEM text that stands in place of a path.
Reloadable<v1::Config>::Load ConfigLoader(const std::string& file, const std::string& running_text);

}  // namespace pinion

#endif  // PINION_WORKLOAD_CONFIG_RELOAD_H_
