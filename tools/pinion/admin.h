// The options of commands that have an admin endpoint.
#ifndef PINION_TOOLS_PINION_ADMIN_H_
#define PINION_TOOLS_PINION_ADMIN_H_

#include <memory>

#include "absl/status/statusor.h"
#include "pinion/admin_server.h"
#include "tools/pinion/command.h"

namespace pinion::cli {

struct AdminArguments {
  AdminOptions options = {/*address=*/"", /*allow_remote=*/false};
};

void AddAdminOptions(CLI::App* command, AdminArguments* arguments);

// Null if none is wanted. Says on stderr where it listens.
absl::StatusOr<std::unique_ptr<AdminServer>> StartAdmin(const AdminArguments& arguments,
                                                        const std::shared_ptr<Workload>& workload);

}  // namespace pinion::cli

#endif  // PINION_TOOLS_PINION_ADMIN_H_
