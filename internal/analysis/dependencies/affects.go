package dependencies

import (
	"errors"
	"slices"
	"strings"

	"deps.dev/util/semver"

	"github.com/lintel-review/lintel/internal/osv"
	"github.com/lintel-review/lintel/internal/sorting"
)

// affects reports whether an advisory names a version, and the first version behind it that is not affected. An empty
// version is one that is not known: it is affected when all are. doubt is true when a version could not be compared, so
// that a no is none.
func affects(ecosystem, version string, a osv.Advisory) (hit bool, fixed string, doubt bool) {
	if version == "" {
		return slices.ContainsFunc(a.Ranges, everything), "", false
	}
	v, err := parsed(ecosystem, version)
	for _, r := range a.Ranges {
		if everything(r) {
			hit = true
			continue
		}
		if err != nil {
			doubt = true
			continue
		}
		in, until, ok := within(ecosystem, v, r)
		hit = hit || in
		doubt = doubt || !ok
		if in && until != nil && (fixed == "" || until.Compare(mustParse(ecosystem, fixed)) < 0) {
			fixed = strings.TrimPrefix(until.String(), "v")
		}
	}
	if !hit {
		hit = listed(ecosystem, version, v, a.Versions)
	}
	return hit, fixed, doubt && !hit
}

// mustParse is a version that was parsed before.
func mustParse(ecosystem, version string) *semver.Version {
	v, _ := parsed(ecosystem, version)
	return v
}

// everything reports whether a range holds all versions.
func everything(r osv.Range) bool {
	for _, e := range r {
		if e.Introduced != "0" {
			return false
		}
	}
	return len(r) > 0
}

// errNoVersion is for what stands in the place of a version and is none, as the name of a property.
var errNoVersion = errors.New("it is no version")

// parsed reads a version by the rules of its ecosystem. OSV writes those of Go without the "v" in front.
func parsed(ecosystem, version string) (*semver.Version, error) {
	if version = plain(version); ecosystem == "Go" {
		version = "v" + strings.TrimPrefix(version, "v")
	}
	if len(version) > maxVersion || strings.ContainsAny(version, "${}") {
		return nil, errNoVersion
	}
	return systems[ecosystem].Parse(version)
}

// listed reports whether a list of versions names one, as written or by its meaning.
func listed(ecosystem, version string, v *semver.Version, list []string) bool {
	bare := strings.TrimPrefix(version, "v")
	for _, other := range list {
		if other == version || strings.TrimPrefix(other, "v") == bare {
			return true
		}
	}
	if ecosystem != "PyPI" || v == nil {
		return false
	}
	for _, other := range list { // "1.0" is "1.0.0" there
		if o, err := parsed(ecosystem, other); err == nil && o.Compare(v) == 0 {
			return true
		}
	}
	return false
}

// bound is an event with its version; nil is before all.
type bound struct {
	at   *semver.Version
	kind int // 0 introduced, 1 fixed, 2 last affected
}

// within walks through the events of a range in the order of their versions. until is where the fault ends that the
// version has; ok is false when a version of the range could not be read.
func within(ecosystem string, v *semver.Version, r osv.Range) (in bool, until *semver.Version, ok bool) {
	var bounds []bound
	for _, e := range r {
		for kind, at := range []string{e.Introduced, e.Fixed, e.LastAffected} {
			switch {
			case at == "":
			case at == "0" && kind == 0:
				bounds = append(bounds, bound{nil, kind})
			default:
				parsedAt, err := parsed(ecosystem, at)
				if err != nil {
					return false, nil, false
				}
				bounds = append(bounds, bound{parsedAt, kind})
			}
		}
	}
	sorting.StableBy(bounds, func(x, y bound) int {
		switch {
		case x.at == nil && y.at == nil:
			return 0
		case x.at == nil:
			return -1
		case y.at == nil:
			return 1
		}
		return x.at.Compare(y.at)
	})
	for _, b := range bounds {
		order := 1
		if b.at != nil {
			order = v.Compare(b.at)
		}
		switch {
		case b.kind == 0 && order >= 0:
			in = true
		case b.kind == 1 && order >= 0, b.kind == 2 && order > 0:
			in = false
		case b.kind == 1 && in:
			return true, b.at, true
		case b.kind != 0 && in:
			return true, nil, true
		}
	}
	return in, nil, true
}
