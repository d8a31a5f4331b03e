// Detects edits of the configuration file, which a running process does not apply..
#ifndef PINION_OPTIONS_CONFIG_RELOAD_H_
#define PINION_OPTIONS_CONFIG_RELOAD_H_

#include <memory>
#include <string>

#include "pinion/source/reloadable.h"
#include "pinion/v1/config.pb.h"

namespace pinion {

// Loads the configuration that the process was started with if the file still has the same content; comments and layout
// may differ. Returns FailedPrecondition otherwise: "restart to apply: server.unlisted_clients REFUSE -> ACCEPT".
// Returns InvalidArgument if a process could not start with the file. Errors do not show PEM text that was written in
// place of a path.
Reloadable<v1::Config>::Load ConfigLoader(const std::string& file, const std::string& running_text);

}  // namespace pinion

#endif  // PINION_OPTIONS_CONFIG_RELOAD_H_
