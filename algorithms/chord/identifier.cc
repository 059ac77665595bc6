// Names to identifiers, by SHA-1.
#include "algorithms/chord/identifier.h"

#include <openssl/sha.h>

namespace chord {

Id Circle::hash(std::string_view name) const {
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  Id first = 0;
  for (int i = 0; i < 8; ++i) first = first << 8 | digest[i];
  return bits_ >= 64 ? first : first >> (64 - bits_);
}

}  // namespace chord
