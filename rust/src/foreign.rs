//! Memory of others: the Arrow C data and stream interfaces, and NumPy's buffers. All that is unsafe stands here.
#![allow(unsafe_code)]

use std::borrow::Cow;
use std::ffi::{c_char, c_int, c_void, CStr};
use std::ptr::NonNull;

/// # Safety
/// The memory outlives 'a and is not written to.
pub unsafe fn slice<'a, T: Copy>(start: *const u8, bytes: usize) -> Cow<'a, [T]> {
    let count = bytes / size_of::<T>();
    if count == 0 || start.is_null() {
        return Cow::Borrowed(&[]);
    }
    if start.align_offset(align_of::<T>()) == 0 {
        return Cow::Borrowed(unsafe { std::slice::from_raw_parts(start.cast(), count) });
    }
    let read = |i: usize| unsafe { start.cast::<T>().add(i).read_unaligned() };
    Cow::Owned((0..count).map(read).collect())
}

#[repr(C)]
struct ArrowSchema {
    format: *const c_char,
    name: *const c_char,
    metadata: *const c_char,
    flags: i64,
    n_children: i64,
    children: *mut *mut ArrowSchema,
    dictionary: *mut ArrowSchema,
    release: Option<unsafe extern "C" fn(*mut ArrowSchema)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct ArrowArray {
    length: i64,
    null_count: i64,
    offset: i64,
    n_buffers: i64,
    n_children: i64,
    buffers: *mut *const c_void,
    children: *mut *mut ArrowArray,
    dictionary: *mut ArrowArray,
    release: Option<unsafe extern "C" fn(*mut ArrowArray)>,
    private_data: *mut c_void,
}

#[repr(C)]
struct ArrowArrayStream {
    get_schema: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowSchema) -> c_int>,
    get_next: Option<unsafe extern "C" fn(*mut ArrowArrayStream, *mut ArrowArray) -> c_int>,
    get_last_error: Option<unsafe extern "C" fn(*mut ArrowArrayStream) -> *const c_char>,
    release: Option<unsafe extern "C" fn(*mut ArrowArrayStream)>,
    private_data: *mut c_void,
}

macro_rules! owned {
    ($name:ident, $inner:ident) => {
        /// Released when it is dropped.
        pub struct $name(Box<$inner>);

        impl $name {
            fn empty() -> Self {
                // SAFETY: null pointers, zeros and no callbacks are valid values of every field
                $name(Box::new(unsafe { std::mem::zeroed() }))
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                if let Some(release) = self.0.release {
                    // SAFETY: the interface says so, once
                    unsafe { release(&mut *self.0) };
                }
            }
        }

        // SAFETY: the interface allows any thread, one at a time
        unsafe impl Send for $name {}
        unsafe impl Sync for $name {}
    };
}

owned!(Stream, ArrowArrayStream);
owned!(Schema, ArrowSchema);
owned!(Array, ArrowArray);

impl Stream {
    /// Takes the stream out of a capsule; None where that was done before.
    pub fn taken(capsule: NonNull<c_void>) -> Option<Stream> {
        let mut own = Stream::empty();
        // SAFETY: the name of the capsule says what it points to; what is left behind is marked as released
        unsafe { std::ptr::swap(&mut *own.0, capsule.cast().as_ptr()) };
        own.0.release.is_some().then_some(own)
    }

    pub fn schema(&mut self) -> Result<Schema, String> {
        let mut schema = Schema::empty();
        let get = self.0.get_schema.ok_or("a stream without a schema")?;
        // SAFETY: the stream is not released, the target is empty
        let failed = unsafe { get(&mut *self.0, &mut *schema.0) } != 0;
        if failed {
            return Err(self.reason());
        }
        Ok(schema)
    }

    /// The next array; None at the end.
    pub fn next(&mut self) -> Result<Option<Array>, String> {
        let mut array = Array::empty();
        let get = self.0.get_next.ok_or("a stream without arrays")?;
        // SAFETY: as above
        let failed = unsafe { get(&mut *self.0, &mut *array.0) } != 0;
        if failed {
            return Err(self.reason());
        }
        Ok(array.0.release.is_some().then_some(array))
    }

    fn reason(&mut self) -> String {
        // SAFETY: asked for right after a failure; the text lives until the next call
        let text = self.0.get_last_error.map_or(std::ptr::null(), |get| unsafe { get(&mut *self.0) });
        text_of(text).map_or_else(String::new, |text| String::from_utf8_lossy(text).into_owned())
    }
}

fn text_of<'a>(text: *const c_char) -> Option<&'a [u8]> {
    // SAFETY: the interface has texts that end with a zero, alive as long as their owner
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_bytes())
}

impl Schema {
    pub fn node(&self) -> SchemaNode<'_> {
        SchemaNode(&self.0)
    }
}

impl Array {
    pub fn node(&self) -> ArrayNode<'_> {
        ArrayNode(Some(&self.0))
    }
}

/// An array without rows, buffers and children, of any type.
pub fn nothing() -> ArrayNode<'static> {
    ArrayNode(None)
}

#[derive(Clone, Copy)]
pub struct SchemaNode<'a>(&'a ArrowSchema);

// SAFETY: it is only read
unsafe impl Send for SchemaNode<'_> {}
unsafe impl Sync for SchemaNode<'_> {}

impl<'a> SchemaNode<'a> {
    pub fn format(self) -> &'a str {
        text_of(self.0.format).and_then(|text| std::str::from_utf8(text).ok()).unwrap_or("")
    }

    pub fn name(self) -> &'a [u8] {
        text_of(self.0.name).unwrap_or(&[])
    }

    pub fn children(self) -> usize {
        self.0.n_children.max(0) as usize
    }

    pub fn child(self, i: usize) -> SchemaNode<'a> {
        assert!(i < self.children() && !self.0.children.is_null(), "an Arrow schema without its children");
        // SAFETY: within the children that there are
        SchemaNode(unsafe { &**self.0.children.add(i) })
    }

    pub fn dictionary(self) -> Option<SchemaNode<'a>> {
        // SAFETY: null or a schema, alive as long as its owner
        unsafe { self.0.dictionary.as_ref() }.map(SchemaNode)
    }
}

#[derive(Clone, Copy)]
pub struct ArrayNode<'a>(Option<&'a ArrowArray>);

// SAFETY: it is only read
unsafe impl Send for ArrayNode<'_> {}
unsafe impl Sync for ArrayNode<'_> {}

impl<'a> ArrayNode<'a> {
    pub fn length(self) -> usize {
        self.0.map_or(0, |array| array.length.max(0) as usize)
    }

    pub fn offset(self) -> usize {
        self.0.map_or(0, |array| array.offset.max(0) as usize)
    }

    pub fn has_nulls(self) -> bool {
        self.0.is_some_and(|array| array.null_count != 0)
    }

    pub fn buffers(self) -> usize {
        self.0.map_or(0, |array| array.n_buffers.max(0) as usize)
    }

    /// So many items of a buffer; none where the buffer is not there.
    pub fn buffer<T: Copy>(self, i: usize, count: usize) -> Cow<'a, [T]> {
        self.part(i, 0, count)
    }

    /// So many items of a buffer from one of them on.
    pub fn part<T: Copy>(self, i: usize, first: usize, count: usize) -> Cow<'a, [T]> {
        let buffers = self.0.filter(|array| i < self.buffers() && !array.buffers.is_null());
        // SAFETY: within the buffers that there are
        let buffer = buffers.map_or(std::ptr::null(), |array| unsafe { *array.buffers.add(i) }).cast::<u8>();
        if buffer.is_null() {
            return Cow::Borrowed(&[]);
        }
        // SAFETY: the producer vouches for as many items as the rows need
        unsafe { slice(buffer.add(first.saturating_mul(size_of::<T>())), count.saturating_mul(size_of::<T>())) }
    }

    pub fn child(self, i: usize) -> ArrayNode<'a> {
        let array = self.0.filter(|array| (i as i64) < array.n_children && !array.children.is_null());
        // SAFETY: within the children that there are
        ArrayNode(array.and_then(|array| unsafe { (*array.children.add(i)).as_ref() }))
    }

    pub fn dictionary(self) -> ArrayNode<'a> {
        // SAFETY: null or an array, alive as long as its owner
        ArrayNode(self.0.and_then(|array| unsafe { array.dictionary.as_ref() }))
    }
}
