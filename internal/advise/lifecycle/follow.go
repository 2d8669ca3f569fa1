package lifecycle

import (
	"strings"

	"github.com/lintel-review/lintel/internal/advice"
	"github.com/lintel-review/lintel/internal/advise/excerpt"
)

// Now is the change at this look.
type Now struct {
	Head, MergeBase string
	// Before is the merge base of the look before; empty when there was none.
	Before string
	// Hunks are all readable hunks, also those that no model got. Contents are files at the head.
	Hunks    []excerpt.Hunk
	Contents map[string]string
	// Listed are the paths of the change; Whole is false when the list or the lines of a file are not wholly known.
	Listed map[string]bool
	Whole  bool
	// OldPaths maps paths at the base to those at the head.
	OldPaths map[string]string
}

// Match finds the known draft that a new one repeats: the same name; else the same code in the file or in a file that
// it may have been renamed to; else the same category and symbol of the same file in like words.
func Match(d advice.Draft, known []advice.Known, now Now) (int, bool) {
	for i, k := range known {
		if k.Draft.Key == d.Key {
			return i, true
		}
	}
	hash := Hash(d.Code)
	for i, k := range known {
		if k.Hash == hash && k.Draft.Side == d.Side && now.samePlace(k.Draft, d.Path, d.Symbol) {
			return i, true
		}
	}
	for i, k := range known {
		if k.Draft.Category == d.Category && k.Draft.Symbol == d.Symbol && d.Symbol != "" && k.Draft.Side == d.Side &&
			now.sameFile(k.Draft.Path, d.Path) && Alike(k.Draft.Message, d.Message) {
			return i, true
		}
	}
	return 0, false
}

// sameFile reports whether the file of an earlier look is the one of this look: by name, by a rename of the diff, or
// because the earlier one is gone from the change and may have been renamed within it.
func (n Now) sameFile(before, path string) bool {
	return before == path || n.OldPaths[before] == path || !n.Listed[before] && n.Listed[path]
}

// telling is how long code must be to be recognised in another file and function: "return nil" is everywhere.
const telling = 24

// samePlace is sameFile for code that is the same: in a file that is only perhaps the old one, the function or the code itself must tell.
func (n Now) samePlace(before advice.Draft, path, symbol string) bool {
	if before.Path == path || n.OldPaths[before.Path] == path {
		return true
	}
	return n.sameFile(before.Path, path) && (symbol != "" && symbol == before.Symbol || len(Normal(before.Code)) >= telling)
}

// Follow returns the state of a known draft that was not made again: it is carried with its current lines, or it ended.
func Follow(k advice.Known, now Now) (carried *advice.Draft, ended *advice.Settled) {
	if k.State != advice.Open && k.State != advice.Carried {
		return nil, nil
	}
	if at, ok := now.locate(k.Draft); ok {
		d := k.Draft
		d.Path, d.Start, d.End, d.Code, d.State, d.Suggestion = at.Path, at.Start, at.End, at.Code, advice.Carried, nil
		return &d, nil
	}
	state, reason := now.ended(k.Draft)
	return nil, &advice.Settled{Key: k.Draft.Key, State: state, Head: now.Head, Reason: reason}
}

// locate finds a draft's code in the diff: in its own file first, by the symbol and the occurrence it had where there are several.
func (n Now) locate(d advice.Draft) (Place, bool) {
	all := Find(n.Hunks, d.Side, d.Code)
	best, score := Place{}, -1
	for _, p := range all {
		if !n.samePlace(d, p.Path, p.Symbol) {
			continue
		}
		s := 0
		if p.Path == d.Path || n.OldPaths[d.Path] == p.Path {
			s += 4
		}
		if Key(d.Category, p) == d.Key {
			s += 2
		}
		if p.Symbol == d.Symbol {
			s++
		}
		if s > score {
			best, score = p, s
		}
	}
	return best, score >= 0
}

// ended returns how a draft ended whose code is no longer in the diff. It says that the code is gone only if that is
// known.
func (n Now) ended(d advice.Draft) (advice.State, string) {
	path := d.Path
	if to := n.OldPaths[path]; to != "" {
		path = to
	}
	if content, ok := n.Contents[path]; ok && d.Side == advice.Right {
		if contains(content, d.Code) {
			return advice.Stale, "the code is still there and no part of the change any more"
		}
		return advice.Fixed, "the quoted code is gone"
	}
	switch {
	case !n.Whole:
		return advice.Stale, "the change could not be read wholly"
	case n.Before != "" && n.Before != n.MergeBase:
		return advice.Stale, "the base moved, and the quoted code is no part of the change any more"
	case d.Side == advice.Left:
		return advice.Fixed, "the deleted code is back"
	}
	return advice.Fixed, "the quoted code is gone"
}

// contains reports whether a file holds code, by its normal lines.
func contains(content, code string) bool {
	return strings.Contains("\n"+Normal(content)+"\n", "\n"+Normal(code)+"\n")
}
