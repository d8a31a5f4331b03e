// The prefix of a refusal in a gRPC status.
#ifndef PINION_HANDSHAKE_STATUS_TEXT_H_
#define PINION_HANDSHAKE_STATUS_TEXT_H_

namespace pinion {

// Precedes Verdict::ToString() in every status message from Pinion.
inline constexpr char kRefusedByPinion[] = "refused by Pinion: ";

}  // namespace pinion

#endif  // PINION_HANDSHAKE_STATUS_TEXT_H_
