package language

import (
	"path"
	"strings"

	"github.com/lintel-review/lintel/internal/language/generator"
)

// Kind is what a file is, as far as the size of a change goes.
type Kind string

// The kinds. Only Source counts. Suppressed is a file whose diff .gitattributes suppresses (-diff, binary).
const (
	Source     Kind = "source"
	Generated  Kind = "generated"
	Vendored   Kind = "vendored"
	Lock       Kind = "lock"
	Snapshot   Kind = "snapshot"
	Suppressed Kind = "suppressed"
)

// Class is what is known of one file.
type Class struct {
	Kind Kind
	// By is the evidence: "gitattributes", "name", "folder" or "header"; empty for Source by default.
	By string
	// Documentation is true when linguist-documentation says so. Documentation still counts.
	Documentation bool
}

// wanted are the attributes that bear on a class.
var wanted = map[string]bool{"linguist-generated": true, "linguist-vendored": true, "linguist-documentation": true, "diff": true}

// Classifier classifies the files of one change. It keeps what it learned of folders, so it is not safe for concurrent use.
type Classifier struct {
	attributes *Attributes
	folders    map[string]bool
	meter      *meter
}

// NewClassifier makes a classifier for the attributes of the base revision; nil is none.
func NewClassifier(a *Attributes) *Classifier {
	return &Classifier{attributes: a, folders: map[string]bool{}, meter: newMeter()}
}

// Exhausted reports whether the patterns of .gitattributes took more work than is allowed; then some of the answers miss them.
func (c *Classifier) Exhausted() bool { return c.meter.spent() }

// Classify says what the file at path is. head is the start of its content as far as it is known, nil when it is not; whole says that
// it is all of the file, or enough to judge the rest by (long lines count as minified code).
//
// .gitattributes decides where it speaks: linguist-generated or linguist-vendored true leaves the file out, and
// linguist-generated=false (or -linguist-generated) counts it whatever its name or header. Else the name decides, then
// the folder, then the header.
func (c *Classifier) Classify(file string, head []byte, whole bool) Class {
	attrs := c.attributes.values(file, wanted, c.meter)
	generated, generatedSet := attrs["linguist-generated"].True()
	vendored, vendoredSet := attrs["linguist-vendored"].True()
	documentation, _ := attrs["linguist-documentation"].True()
	class := func(k Kind, by string) Class { return Class{Kind: k, By: by, Documentation: documentation} }

	switch {
	case generated:
		return class(Generated, "gitattributes")
	case vendored:
		return class(Vendored, "gitattributes")
	case attrs["diff"].Setting == Unset:
		return class(Suppressed, "gitattributes")
	}
	if !vendoredSet && c.vendored(file) {
		return class(Vendored, "folder")
	}
	if generatedSet {
		return class(Source, "gitattributes")
	}
	if k := byName(file); k != Source {
		return class(k, "name")
	}
	// Some folders of copies are called generated as well; with nothing but the path that must not overrule linguist-vendored=false.
	if !vendoredSet && generator.Name(file) {
		return class(Generated, "name")
	}
	if len(head) > 0 && (marked(head) || whole && generator.Content(path.Ext(file), head)) {
		return class(Generated, "header")
	}
	return class(Source, "")
}

// vendored says whether the file is a copy of what others wrote, by its folders and its name. What it learned of a folder is kept.
func (c *Classifier) vendored(file string) bool {
	dir, base := path.Split(file)
	ext := path.Ext(base)
	if dir != "" {
		key := dir + "\x00" + ext
		known, ok := c.folders[key]
		if !ok {
			known = copiedFolder(dir, ext)
			c.folders[key] = known
		}
		if known {
			return true
		}
	}
	if ownFiles[base] || strings.HasSuffix(base, ".d.ts") {
		return false
	}
	if webExtensions[ext] && !strings.Contains(base, "min.") && !versioned(base) {
		// A style sheet or script that only shares its name with a library may well be written here.
		return false
	}
	return copiedFile(base, ext)
}

// versioned reports whether a name holds a version like "1.12", as copies of libraries do.
func versioned(name string) bool {
	for i := 1; i+1 < len(name); i++ {
		if name[i] == '.' && digit(name[i-1]) && digit(name[i+1]) {
			return true
		}
	}
	return false
}
