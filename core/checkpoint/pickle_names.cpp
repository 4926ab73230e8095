#include "core/checkpoint/pickle_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace tauscope {
namespace {

struct Opcode {
  unsigned char code;
  const char* name;
};

constexpr std::array opcodes{
    Opcode{0x28, "MARK"},         Opcode{0x29, "EMPTY_TUPLE"},
    Opcode{0x2e, "STOP"},         Opcode{0x30, "POP"},
    Opcode{0x31, "POP_MARK"},     Opcode{0x32, "DUP"},
    Opcode{0x42, "BINBYTES"},     Opcode{0x43, "SHORT_BINBYTES"},
    Opcode{0x46, "FLOAT"},        Opcode{0x47, "BINFLOAT"},
    Opcode{0x49, "INT"},          Opcode{0x4a, "BININT"},
    Opcode{0x4b, "BININT1"},      Opcode{0x4c, "LONG"},
    Opcode{0x4d, "BININT2"},      Opcode{0x4e, "NONE"},
    Opcode{0x50, "PERSID"},       Opcode{0x51, "BINPERSID"},
    Opcode{0x52, "REDUCE"},       Opcode{0x53, "STRING"},
    Opcode{0x54, "BINSTRING"},    Opcode{0x55, "SHORT_BINSTRING"},
    Opcode{0x56, "UNICODE"},      Opcode{0x58, "BINUNICODE"},
    Opcode{0x5d, "EMPTY_LIST"},   Opcode{0x61, "APPEND"},
    Opcode{0x62, "BUILD"},        Opcode{0x63, "GLOBAL"},
    Opcode{0x64, "DICT"},         Opcode{0x65, "APPENDS"},
    Opcode{0x67, "GET"},          Opcode{0x68, "BINGET"},
    Opcode{0x69, "INST"},         Opcode{0x6a, "LONG_BINGET"},
    Opcode{0x6c, "LIST"},         Opcode{0x6f, "OBJ"},
    Opcode{0x70, "PUT"},          Opcode{0x71, "BINPUT"},
    Opcode{0x72, "LONG_BINPUT"},  Opcode{0x73, "SETITEM"},
    Opcode{0x74, "TUPLE"},        Opcode{0x75, "SETITEMS"},
    Opcode{0x7d, "EMPTY_DICT"},   Opcode{0x80, "PROTO"},
    Opcode{0x81, "NEWOBJ"},       Opcode{0x82, "EXT1"},
    Opcode{0x83, "EXT2"},         Opcode{0x84, "EXT4"},
    Opcode{0x85, "TUPLE1"},       Opcode{0x86, "TUPLE2"},
    Opcode{0x87, "TUPLE3"},       Opcode{0x88, "NEWTRUE"},
    Opcode{0x89, "NEWFALSE"},     Opcode{0x8a, "LONG1"},
    Opcode{0x8b, "LONG4"},        Opcode{0x8c, "SHORT_BINUNICODE"},
    Opcode{0x8d, "BINUNICODE8"},  Opcode{0x8e, "BINBYTES8"},
    Opcode{0x8f, "EMPTY_SET"},    Opcode{0x90, "ADDITEMS"},
    Opcode{0x91, "FROZENSET"},    Opcode{0x92, "NEWOBJ_EX"},
    Opcode{0x93, "STACK_GLOBAL"}, Opcode{0x94, "MEMOIZE"},
    Opcode{0x95, "FRAME"},        Opcode{0x96, "BYTEARRAY8"},
    Opcode{0x97, "NEXT_BUFFER"},  Opcode{0x98, "READONLY_BUFFER"},
};

struct Named {
  const char *module, *name;
  PickleGlobal global;
};

using Kind = PickleGlobal::Kind;

constexpr std::array globals{
    Named{"collections", "OrderedDict", {Kind::ordered_dict, TensorType::U8}},
    Named{"torch._utils", "_rebuild_tensor_v2", {Kind::rebuild_tensor, TensorType::U8}},
    Named{"torch._utils", "_rebuild_tensor_v3", {Kind::rebuild_typed_tensor, TensorType::U8}},
    Named{"torch._utils", "_rebuild_parameter", {Kind::rebuild_parameter, TensorType::U8}},
    Named{"torch.storage", "UntypedStorage", {Kind::untyped_storage, TensorType::U8}},
    Named{"torch", "DoubleStorage", {Kind::storage, TensorType::F64}},
    Named{"torch", "FloatStorage", {Kind::storage, TensorType::F32}},
    Named{"torch", "HalfStorage", {Kind::storage, TensorType::F16}},
    Named{"torch", "BFloat16Storage", {Kind::storage, TensorType::BF16}},
    Named{"torch", "LongStorage", {Kind::storage, TensorType::I64}},
    Named{"torch", "IntStorage", {Kind::storage, TensorType::I32}},
    Named{"torch", "ShortStorage", {Kind::storage, TensorType::I16}},
    Named{"torch", "CharStorage", {Kind::storage, TensorType::I8}},
    Named{"torch", "ByteStorage", {Kind::storage, TensorType::U8}},
    Named{"torch", "BoolStorage", {Kind::storage, TensorType::BOOL}},
    Named{"torch", "ComplexFloatStorage", {Kind::storage, TensorType::C64}},
    Named{"torch", "float64", {Kind::element_type, TensorType::F64}},
    Named{"torch", "float32", {Kind::element_type, TensorType::F32}},
    Named{"torch", "float16", {Kind::element_type, TensorType::F16}},
    Named{"torch", "bfloat16", {Kind::element_type, TensorType::BF16}},
    Named{"torch", "int64", {Kind::element_type, TensorType::I64}},
    Named{"torch", "int32", {Kind::element_type, TensorType::I32}},
    Named{"torch", "int16", {Kind::element_type, TensorType::I16}},
    Named{"torch", "int8", {Kind::element_type, TensorType::I8}},
    Named{"torch", "uint64", {Kind::element_type, TensorType::U64}},
    Named{"torch", "uint32", {Kind::element_type, TensorType::U32}},
    Named{"torch", "uint16", {Kind::element_type, TensorType::U16}},
    Named{"torch", "uint8", {Kind::element_type, TensorType::U8}},
    Named{"torch", "bool", {Kind::element_type, TensorType::BOOL}},
    Named{"torch", "complex64", {Kind::element_type, TensorType::C64}},
    Named{"torch", "float8_e4m3fn", {Kind::element_type, TensorType::F8_E4M3}},
    Named{"torch", "float8_e4m3fnuz", {Kind::element_type, TensorType::F8_E4M3FNUZ}},
    Named{"torch", "float8_e5m2", {Kind::element_type, TensorType::F8_E5M2}},
    Named{"torch", "float8_e5m2fnuz", {Kind::element_type, TensorType::F8_E5M2FNUZ}},
    Named{"torch", "float8_e8m0fnu", {Kind::element_type, TensorType::F8_E8M0}},
};

}  // namespace

std::string pickle_opcode_text(unsigned char opcode) {
  const auto row =
      std::find_if(opcodes.begin(), opcodes.end(), [&](const Opcode& each) { return each.code == opcode; });
  return fmt::format("{} (0x{:02x})", row == opcodes.end() ? "no opcode" : row->name, opcode);
}

std::optional<PickleGlobal> pickle_global(std::string_view module, std::string_view name) {
  for (const Named& each : globals)
    if (module == each.module && name == each.name) return each.global;
  return std::nullopt;
}

std::string pickle_global_name(const PickleGlobal& global) {
  for (const Named& each : globals)
    if (each.global.kind == global.kind && each.global.type == global.type)
      return fmt::format("{}.{}", each.module, each.name);
  return "?";
}

}  // namespace tauscope
