"""How compiled code reaches into arrays: unsigned indices, bare addresses, and bytes copied and found by the C library.

An index must not be negative: Python's counting from the end costs a comparison at each access, a fifth of the time of
loops over bytes [measured], and no loop here counts from the end. With `NUMBA_BOUNDSCHECK=1` in the environment (and a
`NUMBA_CACHE_DIR` of its own) a negative index raises IndexError, as one behind the end does.

This changes array access in *all* functions that numba compiles in the process, so it is imported before any of them.
"""

import operator
from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba import config, types
from numba.core import cgutils, imputils
from numba.extending import intrinsic, lower_builtin
from numba.np.arrayobj import getitem_arraynd_intp, load_item, make_array, setitem_array, store_item

# numba leaves untyped what builds machine code
_lower_builtin: Any = lower_builtin
_getitem: Any = getitem_arraynd_intp
_setitem: Any = setitem_array
_make_array: Any = make_array
_load: Any = load_item
_store: Any = store_item
_cgutils: Any = cgutils
_return_borrowed: Any = imputils.impl_ret_borrowed
_BOUNDS_ARE_CHECKED: bool = vars(config)["BOUNDSCHECK"]
_pointer_type: Any = types.CPointer

A = TypeVar("A")


def _element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Compile `array[index]`, the index taken as unsigned."""
    array, index = signature.args
    if _is_plain(array):
        place = _place(context, builder, array, arguments[0], context.cast(builder, arguments[1], index, types.intp))
        return _return_borrowed(context, builder, signature.return_type, _load(context, builder, array, place))
    return _getitem(context, builder, *_unsigned(context, builder, signature, arguments))


def _put_element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Compile `array[index] = value`, the index taken as unsigned."""
    array, index, value = signature.args
    if _is_plain(array):
        place = _place(context, builder, array, arguments[0], context.cast(builder, arguments[1], index, types.intp))
        return _store(context, builder, array, context.cast(builder, arguments[2], value, array.dtype), place)
    return _setitem(context, builder, *_unsigned(context, builder, signature, arguments))


def _is_plain(array: Any) -> bool:
    return array.ndim == 1 and not _BOUNDS_ARE_CHECKED


def _place(context: Any, builder: Any, array_type: Any, array: Any, index: Any) -> Any:
    """Compile the address of an element of an array of one dimension.

    What numba compiles for it fits any number of dimensions: it stores all seven numbers of the array and loads most of
    them again, which LLVM then takes out.
    """
    members = context.data_model_manager[array_type]
    first = builder.extract_value(array, members.get_field_position("data"))
    if array_type.layout == "C":
        return builder.gep(first, [index])
    stride = builder.extract_value(builder.extract_value(array, members.get_field_position("strides")), 0)
    place = builder.gep(builder.bitcast(first, _cgutils.voidptr_t), [builder.mul(stride, index)])
    return builder.bitcast(place, first.type)


def _unsigned(context: Any, builder: Any, signature: Any, arguments: Any) -> tuple[Any, Any]:
    """Return signature and arguments of an access with its index as unsigned."""
    array, index, *value = signature.args
    place = context.cast(builder, arguments[1], index, types.intp)
    return signature.replace(args=(array, types.uintp, *value)), (arguments[0], place, *arguments[2:])


_lower_builtin(operator.getitem, types.Array, types.Integer)(_element)
_lower_builtin(operator.setitem, types.Array, types.Integer, types.Any)(_put_element)


@intrinsic
def _begin_of(typing_context: Any, array: Any) -> Any:
    """Return the address of an array's first element, or the array itself where indices are to be checked."""
    del typing_context

    def compile_address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _make_array(signature.args[0])(context, builder, arguments[0]).data

    def compile_itself(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _return_borrowed(context, builder, signature.return_type, arguments[0])

    if _BOUNDS_ARE_CHECKED:
        return array(array), compile_itself
    return _pointer_type(array.dtype)(array), compile_address


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    """Compile the address of byte `at` of an array, or of the byte `at` behind an address."""
    if isinstance(array_type, types.CPointer):
        return builder.gep(array, [at])
    return builder.gep(_make_array(array_type)(context, builder, array).data, [at])


@intrinsic
def _copy_bytes(typing_context: Any, into: Any, place: Any, source: Any, at: Any, count: Any) -> Any:
    """Copy bytes by the C library's `memcpy`."""
    del typing_context, place, at, count

    def compile_call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        destination = _address(context, builder, signature.args[0], *arguments[:2])
        origin = _address(context, builder, signature.args[2], *arguments[2:4])
        _cgutils.raw_memcpy(builder, destination, origin, arguments[4], 1)
        return context.get_dummy_value()

    return types.void(into, types.intp, source, types.intp, types.intp), compile_call


@intrinsic
def _find_byte(typing_context: Any, buffer: Any, byte: Any, begin: Any, end: Any) -> Any:
    """Find a byte by the C library's `memchr`."""
    del typing_context, byte, begin, end

    def compile_call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, byte, begin, end = arguments
        first = _address(context, builder, signature.args[0], array, begin)
        pointer = _cgutils.voidptr_t
        function_type = ir.FunctionType(pointer, [pointer, _cgutils.int32_t, _cgutils.intp_t])
        memchr = _cgutils.get_or_insert_function(builder.module, function_type, "memchr")
        found = builder.call(memchr, [builder.bitcast(first, pointer), byte, builder.sub(end, begin)])
        offset = builder.sub(builder.ptrtoint(found, _cgutils.intp_t), builder.ptrtoint(first, _cgutils.intp_t))
        return builder.select(_cgutils.is_null(builder, found), end, builder.add(begin, offset))

    return types.intp(buffer, types.int32, types.intp, types.intp), compile_call


begin_of = cast("Callable[[A], A]", _begin_of)
"""In compiled code: return the address of an array, which is read and written by index as the array is.

An array is passed as seven numbers, which is much of what a call of a small function costs: the tokenizer takes a tenth less
time with addresses [measured]. Nothing counts the address as a reference, so the caller has to keep the array meanwhile.
"""

copy_bytes = cast("Callable[[Any, int, Any, int, int], None]", _copy_bytes)
"""In compiled code: copy `source[at:at + count]` to `into[place:place + count]`, arrays of bytes that do not overlap."""

find_byte = cast("Callable[[Any, int, int, int], int]", _find_byte)
"""In compiled code: return where `byte` first stands in `buffer[begin:end]`, or `end`; `begin <= end`."""
