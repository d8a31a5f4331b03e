#include "pinion/etcd/etcd_options.h"

namespace pinion::etcd {

WorkloadOptions OptionsToCallEtcd(const WorkloadOptions& options) {
  const EtcdOptions& etcd = *options.etcd;
  const bool has_own_identity = !etcd.certificate.empty();
  WorkloadOptions own;
  own.certificate = has_own_identity ? etcd.certificate : options.certificate;
  own.private_key = has_own_identity ? etcd.private_key : options.private_key;
  own.server_roots = etcd.server_roots;
  own.pin_set = etcd.pin_set;
  own.adoption.exchange = v1::DISABLED;
  own.refresh_interval = options.refresh_interval;
  own.drain_window = options.drain_window;
  own.clock = options.clock;
  return own;
}

}  // namespace pinion::etcd
