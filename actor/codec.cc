// The protobuf wire format: varints, tags, lengths. The encoding itself is protobuf's library;
// this is the thin layer that Codec<T> writes through.
#include "actor/codec.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>

#include <bit>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "actor/internal/actor_base.h"

namespace troupe {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedOutputStream;

constexpr int kLongestVarint = 10;

void append_varint(std::string* out, std::uint64_t value) {
  std::uint8_t buffer[kLongestVarint];
  const std::uint8_t* end = CodedOutputStream::WriteVarint64ToArray(value, buffer);
  out->append(reinterpret_cast<const char*>(buffer), static_cast<std::size_t>(end - buffer));
}

void append_tag(std::string* out, int field, WireFormatLite::WireType type) {
  append_varint(out, WireFormatLite::MakeTag(field, type));
}

}  // namespace

namespace internal {

namespace {
constinit thread_local ReferenceCodec* innermost = nullptr;
}

ReferenceScope::ReferenceScope(ReferenceCodec& codec) : outer_(std::exchange(innermost, &codec)) {}
ReferenceScope::~ReferenceScope() { innermost = outer_; }

ReferenceCodec* ReferenceCodec::current() {
  if (innermost != nullptr || current_activation == nullptr) return innermost;
  return current_activation->actor->runtime().references();
}

}  // namespace internal

void Encoder::append_uint(std::uint64_t value) { append_varint(out_, value); }

void Encoder::append_sint(std::int64_t value) {
  append_varint(out_, WireFormatLite::ZigZagEncode64(value));
}

void Encoder::append_fixed64(std::uint64_t bits) {
  std::uint8_t buffer[sizeof(bits)];
  CodedOutputStream::WriteLittleEndian64ToArray(bits, buffer);
  out_->append(reinterpret_cast<const char*>(buffer), sizeof(buffer));
}

void Encoder::append_fixed32(std::uint32_t bits) {
  std::uint8_t buffer[sizeof(bits)];
  CodedOutputStream::WriteLittleEndian32ToArray(bits, buffer);
  out_->append(reinterpret_cast<const char*>(buffer), sizeof(buffer));
}

void Encoder::write_uint(int field, std::uint64_t value) {
  append_tag(out_, field, WireFormatLite::WIRETYPE_VARINT);
  append_uint(value);
}

void Encoder::write_sint(int field, std::int64_t value) {
  append_tag(out_, field, WireFormatLite::WIRETYPE_VARINT);
  append_sint(value);
}

void Encoder::write_fixed64(int field, std::uint64_t bits) {
  append_tag(out_, field, WireFormatLite::WIRETYPE_FIXED64);
  append_fixed64(bits);
}

void Encoder::write_fixed32(int field, std::uint32_t bits) {
  append_tag(out_, field, WireFormatLite::WIRETYPE_FIXED32);
  append_fixed32(bits);
}

void Encoder::write_bytes(int field, std::string_view bytes) {
  append_tag(out_, field, WireFormatLite::WIRETYPE_LENGTH_DELIMITED);
  append_varint(out_, bytes.size());
  out_->append(bytes);
}

bool Decoder::take_varint(std::uint64_t& value) {
  google::protobuf::io::CodedInputStream stream(
      reinterpret_cast<const std::uint8_t*>(rest_.data()),
      static_cast<int>(std::min<std::size_t>(rest_.size(), kLongestVarint)));
  if (!stream.ReadVarint64(&value)) return fail();
  rest_.remove_prefix(static_cast<std::size_t>(stream.CurrentPosition()));
  return true;
}

bool Decoder::next() {
  if (!ok_ || rest_.empty()) return false;
  std::uint64_t tag = 0;
  if (!take_varint(tag)) return false;
  field_ = static_cast<int>(tag >> 3);
  if (tag >> 32 != 0 || field_ == 0) return fail();
  switch (tag & 7) {
    case 0:
    case 1:
    case 2:
    case 5:
      wire_type_ = static_cast<WireType>(tag & 7);
      return true;
    default:  // Groups are gone since proto3.
      return fail();
  }
}

bool Decoder::read_uint(std::uint64_t& value) {
  return wire_type_ == WireType::kVarint ? take_varint(value) : fail();
}

bool Decoder::read_sint(std::int64_t& value) {
  std::uint64_t zigzag = 0;
  if (!read_uint(zigzag)) return false;
  value = WireFormatLite::ZigZagDecode64(zigzag);
  return true;
}

bool Decoder::read_fixed64(std::uint64_t& bits) {
  if (wire_type_ != WireType::kFixed64 || rest_.size() < sizeof(bits)) return fail();
  google::protobuf::io::CodedInputStream::ReadLittleEndian64FromArray(
      reinterpret_cast<const std::uint8_t*>(rest_.data()), &bits);
  rest_.remove_prefix(sizeof(bits));
  return true;
}

bool Decoder::read_fixed32(std::uint32_t& bits) {
  if (wire_type_ != WireType::kFixed32 || rest_.size() < sizeof(bits)) return fail();
  google::protobuf::io::CodedInputStream::ReadLittleEndian32FromArray(
      reinterpret_cast<const std::uint8_t*>(rest_.data()), &bits);
  rest_.remove_prefix(sizeof(bits));
  return true;
}

bool Decoder::read_bytes(std::string_view& bytes) {
  std::uint64_t length = 0;
  if (wire_type_ != WireType::kBytes || !take_varint(length) || length > rest_.size()) {
    return fail();
  }
  bytes = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

bool Decoder::skip() {
  std::uint64_t number = 0;
  std::uint32_t small = 0;
  std::string_view bytes;
  switch (wire_type_) {
    case WireType::kVarint:
      return read_uint(number);
    case WireType::kFixed64:
      return read_fixed64(number);
    case WireType::kFixed32:
      return read_fixed32(small);
    case WireType::kBytes:
      return read_bytes(bytes);
  }
  return fail();
}

void Codec<double>::write(Encoder& out, int field, double value) {
  out.write_fixed64(field, std::bit_cast<std::uint64_t>(value));
}
void Codec<double>::append(Encoder& out, double value) {
  out.append_fixed64(std::bit_cast<std::uint64_t>(value));
}
bool Codec<double>::read(Decoder& in, double& value) {
  std::uint64_t bits = 0;
  if (!in.read_fixed64(bits)) return false;
  value = std::bit_cast<double>(bits);
  return true;
}

void Codec<float>::write(Encoder& out, int field, float value) {
  out.write_fixed32(field, std::bit_cast<std::uint32_t>(value));
}
void Codec<float>::append(Encoder& out, float value) {
  out.append_fixed32(std::bit_cast<std::uint32_t>(value));
}
bool Codec<float>::read(Decoder& in, float& value) {
  std::uint32_t bits = 0;
  if (!in.read_fixed32(bits)) return false;
  value = std::bit_cast<float>(bits);
  return true;
}

std::vector<std::string> internal::split_field_names(std::string_view names) {
  std::vector<std::string> result;
  for (absl::string_view part :
       absl::StrSplit(absl::string_view(names.data(), names.size()), ',', absl::SkipWhitespace())) {
    while (!part.empty() && part.front() == ' ') part.remove_prefix(1);
    while (!part.empty() && part.back() == ' ') part.remove_suffix(1);
    result.emplace_back(part.data(), part.size());
  }
  return result;
}

// --- For people ---------------------------------------------------------------------------------

std::string to_string(const TypeDescription& type) {
  using Kind = TypeDescription::Kind;
  switch (type.kind) {
    case Kind::kUnsigned:
      return absl::StrCat("uint", type.bits);
    case Kind::kSigned:
      return absl::StrCat("int", type.bits);
    case Kind::kBool:
      return "bool";
    case Kind::kFloat:
      return "float";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kDuration:
      return "duration";
    case Kind::kTime:
      return "time";
    case Kind::kReference:
      return absl::StrCat("Ref<", type.name, ">");
    case Kind::kMessage:
      return type.name.empty() ? "message" : type.name;
    case Kind::kRepeated:
      return absl::StrCat("list of ", to_string(type.parts[0]));
    case Kind::kOptional:
      return absl::StrCat("optional ", to_string(type.parts[0]));
    case Kind::kMap:
      return absl::StrCat("map from ", to_string(type.parts[0]), " to ", to_string(type.parts[1]));
    case Kind::kProtobuf:
      return type.name;
  }
  return "?";
}

}  // namespace troupe
