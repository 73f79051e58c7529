//! All that a Typst template can see. No clock, no network, no packages; of the disk only the folder of templates.

use typst::diag::{FileError, FileResult};
use typst::foundations::{Bytes, Datetime, Dict, Duration};
use typst::syntax::{FileId, RootedPath, Source, VirtualPath, VirtualRoot};
use typst::text::{Font, FontBook};
use typst::utils::LazyHash;
use typst::{Library, LibraryExt};

use super::TEMPLATE;
use super::fonts::Fonts;
use crate::bulletin::template::Templates;
use crate::error::{Fault, Result};

pub(super) struct World<'a> {
    templates: &'a Templates,
    fonts: Fonts,
    library: LazyHash<Library>,
    main: Source,
}

impl<'a> World<'a> {
    /// # Errors
    /// [`Fault::Machine`] when the template cannot be read.
    pub(super) fn new(templates: &'a Templates, fonts: Fonts, inputs: Dict) -> Result<Self> {
        let path = VirtualPath::new(TEMPLATE).map_err(|e| Fault::Internal(e.to_string()))?;
        let main = Source::new(RootedPath::new(VirtualRoot::Project, path).intern(), templates.text(TEMPLATE)?);
        let library = LazyHash::new(Library::builder().with_inputs(inputs).build());
        Ok(Self { templates, fonts, library, main })
    }
}

impl typst::World for World<'_> {
    fn library(&self) -> &LazyHash<Library> {
        &self.library
    }

    fn book(&self) -> &LazyHash<FontBook> {
        self.fonts.book()
    }

    fn main(&self) -> FileId {
        self.main.id()
    }

    fn source(&self, id: FileId) -> FileResult<Source> {
        if id == self.main.id() {
            return Ok(self.main.clone());
        }
        let bytes = self.file(id)?;
        let text = std::str::from_utf8(&bytes).map_err(|_| FileError::InvalidUtf8)?;
        Ok(Source::new(id, text.to_owned()))
    }

    /// A file beside the template, such as the office's logo; nothing above the folder and no package.
    fn file(&self, id: FileId) -> FileResult<Bytes> {
        if id == self.main.id() {
            return Ok(Bytes::from_string(self.main.text().to_owned()));
        }
        let path = id.get();
        let name = path.vpath().get_without_slash();
        if *path.root() != VirtualRoot::Project {
            return Err(FileError::AccessDenied);
        }
        self.templates.bytes(name).map(Bytes::new).map_err(|_| FileError::NotFound(name.into()))
    }

    fn font(&self, index: usize) -> Option<Font> {
        self.fonts.font(index)
    }

    /// The same bulletin on any day.
    fn today(&self, _: Option<Duration>) -> Option<Datetime> {
        None
    }
}
