"""How compiled code reaches into arrays: indices without a sign, bare addresses, and the C library's way with bytes.

An index must not be negative: Python's counting from the end costs a comparison at each access, a fifth of the time of
loops over bytes [measured], and no loop here counts from the end. With `NUMBA_BOUNDSCHECK=1` in the environment (and a
`NUMBA_CACHE_DIR` of its own) a negative index raises IndexError, as one behind the end does.
"""

import operator
from collections.abc import Callable
from typing import Any, TypeVar, cast

from llvmlite import ir  # type: ignore[import-untyped]  # it has no stubs
from numba import config, types
from numba.core import cgutils, imputils
from numba.extending import intrinsic, lower_builtin
from numba.np.arrayobj import getitem_arraynd_intp, make_array, setitem_array

# numba leaves untyped what builds machine code
_lowers: Any = lower_builtin
_gets: Any = getitem_arraynd_intp
_puts: Any = setitem_array
_makes_array: Any = make_array
_builds: Any = cgutils
_borrows: Any = imputils.impl_ret_borrowed
_checks_bounds: bool = vars(config)["BOUNDSCHECK"]
_points_to: Any = types.CPointer

A = TypeVar("A")


def _element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Compile `array[index]`, the index taken as unsigned."""
    return _gets(context, builder, *_unsigned(context, builder, signature, arguments))


def _put_element(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
    """Compile `array[index] = value`, the index taken as unsigned."""
    return _puts(context, builder, *_unsigned(context, builder, signature, arguments))


def _unsigned(context: Any, builder: Any, signature: Any, arguments: Any) -> tuple[Any, Any]:
    """Return signature and arguments of an access with its index as unsigned."""
    array, index, *value = signature.args
    place = context.cast(builder, arguments[1], index, types.intp)
    return signature.replace(args=(array, types.uintp, *value)), (arguments[0], place, *arguments[2:])


_lowers(operator.getitem, types.Array, types.Integer)(_element)
_lowers(operator.setitem, types.Array, types.Integer, types.Any)(_put_element)


@intrinsic
def _begin_of(typing_context: Any, array: Any) -> Any:
    """Return the address of an array's first element, or the array itself where indices are to be checked."""
    del typing_context

    def compile_address(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _makes_array(signature.args[0])(context, builder, arguments[0]).data

    def compile_itself(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _borrows(context, builder, signature.return_type, arguments[0])

    if _checks_bounds:
        return array(array), compile_itself
    return _points_to(array.dtype)(array), compile_address


def _address(context: Any, builder: Any, array_type: Any, array: Any, at: Any) -> Any:
    """Compile the address of a byte of an array, or behind an address."""
    if isinstance(array_type, types.CPointer):
        return builder.gep(array, [at])
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


begin_of = cast("Callable[[A], A]", _begin_of)
"""In compiled code: give an array as its address alone, to be read and written by index.

An array is handed on as seven numbers, which is much of what a small function costs: the tokenizer takes a tenth less time
with addresses [measured]. Whoever has the array must hold it meanwhile.
"""

copy_bytes = cast("Callable[[Any, int, Any, int, int], None]", _copy_bytes)
"""In compiled code: copy `source[at:at + count]` to `into[place:place + count]`, arrays of bytes that do not overlap."""

find_byte = cast("Callable[[Any, int, int, int], int]", _find_byte)
"""In compiled code: give where `byte` first stands in `buffer[begin:end]`, or `end`; `begin <= end`."""
