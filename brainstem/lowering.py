"""How compiled code reaches into arrays: indices without a sign, and the C library's way with bytes.

An index must not be negative: Python's counting from the end costs a comparison at each access, a fifth of the time of
loops over bytes [measured], and no loop here counts from the end. With `NUMBA_BOUNDSCHECK=1` in the environment (and a
`NUMBA_CACHE_DIR` of its own) a negative index raises IndexError, as one behind the end does.
"""

import operator
from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, lower_builtin
from numba.np.arrayobj import getitem_arraynd_intp, make_array, setitem_array

# numba leaves untyped what builds machine code
_lowers: Any = lower_builtin
_gets: Any = getitem_arraynd_intp
_puts: Any = setitem_array
_makes_array: Any = make_array
_builds: Any = cgutils


def _element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Compile `array[index]`, the index taken as unsigned."""
    return _gets(context, builder, *_unsigned(context, builder, signature, arguments))


def _put_element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Compile `array[index] = value`, the index taken as unsigned."""
    return _puts(context, builder, *_unsigned(context, builder, signature, arguments))


def _unsigned(context: Any, builder: Any, signature: Any, arguments: Any) -> tuple[Any, Any]:
    """Give signature and arguments of an access with its index as unsigned."""
    array, index, *value = signature.args
    place = context.cast(builder, arguments[1], index, types.intp)
    return signature.replace(args=(array, types.uintp, *value)), (arguments[0], place, *arguments[2:])


_lowers(operator.getitem, types.Array, types.Integer)(_element)
_lowers(operator.setitem, types.Array, types.Integer, types.Any)(_put_element)


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    """Compile the address of a byte of an array."""
    return builder.gep(_makes_array(array_type)(context, builder, array).data, [at])


@intrinsic
def _copy_bytes(typing_context: Any, into: Any, place: Any, source: Any, at: Any, count: Any) -> Any:
    """Copy bytes by the C library's `memcpy`."""
    del typing_context, place, at, count

    def compile_call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        destination = _address(context, builder, signature.args[0], *arguments[:2])
        origin = _address(context, builder, signature.args[2], *arguments[2:4])
        _builds.raw_memcpy(builder, destination, origin, arguments[4], 1)
        return context.get_dummy_value()

    return types.void(into, types.intp, source, types.intp, types.intp), compile_call


@intrinsic
def _find_byte(typing_context: Any, buffer: Any, byte: Any, begin: Any, end: Any) -> Any:
    """Find a byte by the C library's `memchr`."""
    del typing_context, byte, begin, end

    def compile_call(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array, byte, begin, end = arguments
        first = _address(context, builder, signature.args[0], array, begin)
        pointer = _builds.voidptr_t
        function_type = ir.FunctionType(pointer, [pointer, _builds.int32_t, _builds.intp_t])
        memchr = _builds.get_or_insert_function(builder.module, function_type, "memchr")
        found = builder.call(memchr, [builder.bitcast(first, pointer), byte, builder.sub(end, begin)])
        offset = builder.sub(builder.ptrtoint(found, _builds.intp_t), builder.ptrtoint(first, _builds.intp_t))
        return builder.select(_builds.is_null(builder, found), end, builder.add(begin, offset))

    return types.intp(buffer, types.int32, types.intp, types.intp), compile_call


copy_bytes = cast("Callable[[Any, int, Any, int, int], None]", _copy_bytes)
"""In compiled code: copy `source[at:at + count]` to `into[place:place + count]`, arrays of bytes that do not overlap."""

find_byte = cast("Callable[[Any, int, int, int], int]", _find_byte)
"""In compiled code: give where `byte` first stands in `buffer[begin:end]`, or `end`; `begin <= end`."""
