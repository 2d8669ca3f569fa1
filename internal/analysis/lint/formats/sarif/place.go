package sarif

import (
	"net/url"
	"strings"
)

// maxBases is how long a chain of base addresses may be; a longer one is a circle.
const maxBases = 10

// path is the name of a file, with the folders of its bases before it. What no base has a folder for is relative to the
// repository, as SARIF's %SRCROOT% is by custom.
func (r *run) path(l location) string {
	if l.URI == "" && l.Index != nil && *l.Index >= 0 && *l.Index < len(r.artifacts) {
		l = r.artifacts[*l.Index].Location
	}
	uri := l.URI
	for base, n := l.Base, 0; base != "" && n < maxBases && !absolute(uri); n++ {
		b, ok := r.bases[base]
		if !ok || b.URI == "" && b.Base == "" {
			break
		}
		if b.URI != "" {
			uri = strings.TrimSuffix(b.URI, "/") + "/" + strings.TrimPrefix(uri, "./")
		}
		base = b.Base
	}
	return name(uri)
}

// absolute reports whether a URI has a scheme or begins at the root.
func absolute(uri string) bool {
	scheme, _, ok := strings.Cut(uri, ":")
	return strings.HasPrefix(uri, "/") || ok && scheme != "" && !strings.ContainsAny(scheme, "/?#%")
}

// name is the file of a URI: file:///a%20b is /a b. Tools write bare names with blanks or backslashes too, which are no
// URIs; they stand as they are.
func name(uri string) string {
	rest, isFile := strings.CutPrefix(uri, "file:")
	if isFile {
		if after, ok := strings.CutPrefix(rest, "//"); ok {
			rest = after
			// file://localhost/a and file:///a are one; another host is a share.
			rest = strings.TrimPrefix(rest, "localhost")
		}
		rest, _, _ = strings.Cut(rest, "?")
	}
	if decoded, err := url.PathUnescape(rest); err == nil {
		rest = decoded
	}
	if len(rest) > 3 && rest[0] == '/' && rest[2] == ':' && rest[3] == '/' {
		rest = rest[1:] // a Windows drive
	}
	return rest
}
