#include "tools/pinion/admin.h"

#include <iostream>

#include "pinion/base/printable.h"

namespace pinion::cli {

void AddAdminOptions(CLI::App* command, AdminArguments* arguments) {
  CLI::Option* const admin =
      command->add_option("--admin", arguments->options.address,
                          "ADDRESS:PORT or unix:PATH: serve metrics, status, health and a page there, over HTTP");
  command->add_flag("--admin-remote", arguments->options.allow_remote, "also if other hosts reach that address")
      ->needs(admin);
}

absl::StatusOr<std::unique_ptr<AdminServer>> StartAdmin(const AdminArguments& arguments,
                                                        const std::shared_ptr<Workload>& workload) {
  if (arguments.options.address.empty()) return std::unique_ptr<AdminServer>();
  absl::StatusOr<std::unique_ptr<AdminServer>> admin = AdminServer::Start(workload, arguments.options);
  if (absl::IsPermissionDenied(admin.status())) {
    return absl::InvalidArgumentError(absl::StrCat(admin.status().message(), " with --admin-remote"));
  }
  if (admin.ok()) std::cerr << "pinion: admin endpoint on " << Printable((*admin)->address()) << std::endl;
  return admin;
}

}  // namespace pinion::cli
