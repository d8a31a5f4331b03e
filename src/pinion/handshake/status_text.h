// How a refusal looks within a gRPC status.
#ifndef PINION_HANDSHAKE_STATUS_TEXT_H_
#define PINION_HANDSHAKE_STATUS_TEXT_H_

namespace pinion {

// Stands before Verdict::ToString() in every status message that Pinion makes.
inline constexpr char kRefusedByPinion[] = "refused by Pinion: ";

}  // namespace pinion

#endif  // PINION_HANDSHAKE_STATUS_TEXT_H_
