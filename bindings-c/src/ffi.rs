//! Between C's pointers and Rust's slices: the only place that reads or writes the caller's memory.

use std::ffi::{CStr, CString, c_char};
use std::mem::MaybeUninit;

use crm_value::Error;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::{Failure, c_string};

pub(crate) use crate::error::guard;

/// An argument that must not be NULL.
pub(crate) fn given<T>(argument: Option<T>, name: &'static str) -> Result<T, Failure> {
    argument.ok_or(Failure::NullPointer(name))
}

/// Gives the caller a handle that it frees.
pub(crate) fn hand_over<T>(out: &mut MaybeUninit<*mut T>, value: T) {
    out.write(Box::into_raw(Box::new(value)));
}

/// Gives the caller a text that it frees with `crmv_string_free`.
pub(crate) fn hand_over_text(out: &mut MaybeUninit<*mut c_char>, text: impl Into<Vec<u8>>) {
    out.write(c_string(text).into_raw());
}

/// Gives the caller the stored form of an object, a text that it frees with `crmv_string_free`.
pub(crate) fn hand_over_json(out: &mut MaybeUninit<*mut c_char>, value: &impl Serialize) -> Result<(), Failure> {
    hand_over_text(out, serde_json::to_string(value).map_err(|error| Failure::Panic(error.to_string()))?);
    Ok(())
}

/// The object whose stored form the caller's text is; `what` is what it should hold.
///
/// # Safety
/// As [`text`].
pub(crate) unsafe fn stored<T: DeserializeOwned>(json: *const c_char, what: &'static str) -> Result<T, Failure> {
    // SAFETY: the caller's contract.
    let json = unsafe { text(json, "json") }?;
    serde_json::from_str(json).map_err(|error| Failure::Core(Error::Deserialize { what, reason: error.to_string() }))
}

/// The caller's array of `len` elements. NULL is fine for length 0.
///
/// # Safety
/// `pointer` is NULL or points to `len` elements that stay as they are for `'a`.
pub(crate) unsafe fn slice<'a, T>(pointer: *const T, len: usize, name: &'static str) -> Result<&'a [T], Failure> {
    if len == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(Failure::NullPointer(name));
    }
    if len > isize::MAX as usize / size_of::<T>().max(1) {
        return Err(Failure::option("length", len, "no array is that long"));
    }
    // SAFETY: the caller's contract; not NULL, and not larger than the address space allows.
    Ok(unsafe { std::slice::from_raw_parts(pointer, len) })
}

/// The caller's array of `len` elements, or `None` for NULL.
///
/// # Safety
/// As [`slice`].
pub(crate) unsafe fn optional_slice<'a, T>(pointer: *const T, len: usize, name: &'static str) -> Result<Option<&'a [T]>, Failure> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller's contract.
    unsafe { slice(pointer, len, name) }.map(Some)
}

/// Checks that an output array exists and has room, before any work is done for it.
pub(crate) fn room<T>(out: *mut T, capacity: usize, needed: usize, argument: &'static str) -> Result<(), Failure> {
    if needed > capacity {
        return Err(Failure::BufferTooSmall { argument, needed, capacity });
    }
    if out.is_null() && needed > 0 { Err(Failure::NullPointer(argument)) } else { Ok(()) }
}

/// Copies values into the caller's array.
///
/// # Safety
/// `out` is NULL or points to room for `capacity` elements, none of them among `values`.
pub(crate) unsafe fn fill<T: Copy>(out: *mut T, capacity: usize, values: &[T], argument: &'static str) -> Result<(), Failure> {
    room(out, capacity, values.len(), argument)?;
    if !values.is_empty() {
        // SAFETY: the caller's contract; there is room for all values, and `out` is not NULL.
        unsafe { std::ptr::copy_nonoverlapping(values.as_ptr(), out, values.len()) };
    }
    Ok(())
}

/// The caller's text.
///
/// # Safety
/// `text` is NULL or a NUL-terminated text that stays as it is for `'a`.
pub(crate) unsafe fn text<'a>(text: *const c_char, argument: &'static str) -> Result<&'a str, Failure> {
    if text.is_null() {
        return Err(Failure::NullPointer(argument));
    }
    // SAFETY: the caller's contract.
    unsafe { CStr::from_ptr(text) }.to_str().map_err(|_| Failure::InvalidUtf8 { argument, row: None })
}

/// The caller's array of texts; `None` where the entry is NULL.
///
/// # Safety
/// `texts` is NULL or points to `len` entries, each NULL or a NUL-terminated text; all of it stays as it is for `'a`.
pub(crate) unsafe fn texts<'a>(texts: *const *const c_char, len: usize, argument: &'static str) -> Result<Vec<Option<&'a str>>, Failure> {
    // SAFETY: the caller's contract.
    let pointers = unsafe { slice(texts, len, argument) }?;
    let read = |(row, &pointer): (usize, &*const c_char)| {
        if pointer.is_null() {
            return Ok(None);
        }
        // SAFETY: the caller's contract: an entry that is not NULL is a NUL-terminated text.
        let text = unsafe { CStr::from_ptr(pointer) };
        text.to_str().map(Some).map_err(|_| Failure::InvalidUtf8 { argument, row: Some(row) })
    };
    pointers.iter().enumerate().map(read).collect()
}

/// A struct of options that begins with `struct_size` and may grow in later versions.
///
/// # Safety
/// All bytes 0 is a valid value, and every later version only adds fields at the end.
pub(crate) unsafe trait Growing: Copy {
    /// Size of the struct in the first version that had it.
    const FIRST_SIZE: usize;
    /// What fields that the caller does not know are taken to be.
    fn defaults() -> Self;
}

const STRUCT_SIZE_RULE: &str = "set it with the struct's _init function";

/// Reads a struct of options as large as the caller knows it. NULL means the defaults.
///
/// # Safety
/// `options` is NULL or points to a struct of type `T`, of this or another version, whose first field is its size in bytes.
pub(crate) unsafe fn read_options<T: Growing>(options: *const T) -> Result<T, Failure> {
    let mut value = T::defaults();
    if options.is_null() {
        return Ok(value);
    }
    // SAFETY: the caller's contract: the struct begins with its size.
    let size = unsafe { options.cast::<usize>().read() };
    // The upper limit catches a size that was never set before it is believed.
    if !(T::FIRST_SIZE..=16 * size_of::<T>()).contains(&size) {
        return Err(Failure::option("struct_size", size, STRUCT_SIZE_RULE));
    }
    if size > size_of::<T>() {
        // SAFETY: the caller's contract: the struct has `size` bytes, and those beyond our version begin here.
        let unknown = unsafe { std::slice::from_raw_parts(options.cast::<u8>().add(size_of::<T>()), size - size_of::<T>()) };
        if unknown.iter().any(|&byte| byte != 0) {
            return Err(Failure::option(
                "struct_size",
                size,
                "this library is older than the header and does not know all options that are set",
            ));
        }
    }
    let known = size.min(size_of::<T>());
    // SAFETY: `known` bytes are readable in the caller's struct and writable in ours; any fields they form are valid in `T`.
    unsafe { std::ptr::copy_nonoverlapping(options.cast::<u8>(), (&raw mut value).cast::<u8>(), known) };
    Ok(value)
}

/// Writes a struct as far as the caller knows it; what it knows beyond our version becomes 0.
///
/// # Safety
/// `out` is NULL or points to `struct_size` writable bytes. All bytes 0 is a valid value of later fields.
pub(crate) unsafe fn write_struct<T: Copy>(out: *mut T, struct_size: usize, value: T, argument: &'static str) -> Result<(), Failure> {
    if out.is_null() {
        return Err(Failure::NullPointer(argument));
    }
    if struct_size < size_of::<usize>() || struct_size > 16 * size_of::<T>() {
        return Err(Failure::option("struct_size", struct_size, "give sizeof of the struct"));
    }
    let known = struct_size.min(size_of::<T>());
    // SAFETY: the caller's contract; `known` bytes are readable in `value`, and `struct_size` writable from `out` on.
    unsafe {
        std::ptr::copy_nonoverlapping((&raw const value).cast::<MaybeUninit<u8>>(), out.cast(), known);
        std::ptr::write_bytes(out.cast::<u8>().add(known), 0, struct_size - known);
    }
    Ok(())
}

/// Texts that a handle lends to C.
#[derive(Debug, Default)]
pub(crate) struct Lent(Vec<CString>);

impl Lent {
    pub(crate) fn new<T: Into<Vec<u8>>>(texts: impl IntoIterator<Item = T>) -> Self {
        Lent(texts.into_iter().map(c_string).collect())
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Lends text `index` for as long as the handle lives.
    pub(crate) fn lend(&self, what: &'static str, index: usize, out: &mut MaybeUninit<*const c_char>) -> Result<(), Failure> {
        let text = self.0.get(index).ok_or(Failure::OutOfRange { what, index, len: self.0.len() })?;
        out.write(text.as_ptr());
        Ok(())
    }

    /// Text `index`; NULL if there is none.
    pub(crate) fn pointer(&self, index: usize) -> *const c_char {
        self.0.get(index).map_or(std::ptr::null(), |text| text.as_ptr())
    }

    pub(crate) fn pointers(&self) -> Vec<*const c_char> {
        self.0.iter().map(|text| text.as_ptr()).collect()
    }
}
