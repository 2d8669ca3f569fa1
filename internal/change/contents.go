package change

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/lintel-review/lintel/internal/controls"
	"github.com/lintel-review/lintel/internal/sorting"
)

// The budget of one snapshot for contents. It counts files and bytes, so that equal changes are read equally by every
// forge: the first MaxContents wants are looked up, and of these contents are read until maxContentBytes are full.
const (
	MaxContents     = 500
	maxContentBytes = 32 << 20
)

// sniffed is how far git looks for a zero byte, the sign of a binary file.
const sniffed = 8000

// Found is what a commit's tree has where a want points. Blob is empty when nothing stands there.
type Found struct {
	Blob string
	Size int64
	// Plain is false for symbolic links, submodules and folders.
	Plain bool
}

// PlanContents decides what of the wants is read, in their order, from what was found for the first ones. The contents
// that it gives back and that are to be read (Content.Read) have no Body yet.
func PlanContents(wants []Want, found []Found) []Content {
	contents := make([]Content, 0, len(wants))
	left := int64(maxContentBytes)
	paid := map[string]bool{}
	for i, w := range wants {
		c := Content{Path: w.Path, Side: w.Side}
		switch {
		case i >= len(found):
			c.Problem = budgetSpent
		case found[i].Blob == "":
			c.Absent = true
		default:
			f := found[i]
			c.Blob, c.Size = f.Blob, f.Size
			c.Problem = controls.Place{Path: w.Path, Max: w.Max}.Problem(f.Plain, f.Size)
			if c.Problem != "" || paid[f.Blob] {
				break
			}
			if f.Size > left {
				c.Problem = budgetSpent
				break
			}
			left -= f.Size
			paid[f.Blob] = true
		}
		contents = append(contents, c)
	}
	return contents
}

var budgetSpent = fmt.Sprintf("others came first: of one change at most %d files and %d bytes are read whole", MaxContents, maxContentBytes)

// SetBody takes what was read of the file, UTF-16 with its mark as UTF-8. A binary file has none.
func (c *Content) SetBody(body []byte) {
	body = fromUTF16(body)
	if bytes.IndexByte(body[:min(len(body), sniffed)], 0) >= 0 {
		c.Problem = "it is binary"
		return
	}
	c.Body = body
}

// fromUTF16 is a text of UTF-16 that begins with the mark of its byte order, as UTF-8 without it; anything else is as it
// was. So is what only pretends to be UTF-16: four bytes of ASCII in a row would be two letters of Chinese, and a key in
// them would be hidden. Such a file stays binary, and is named.
func fromUTF16(body []byte) []byte {
	if len(body) < 2 || len(body)%2 != 0 {
		return body
	}
	var order binary.ByteOrder
	switch {
	case body[0] == 0xFF && body[1] == 0xFE:
		order = binary.LittleEndian
	case body[0] == 0xFE && body[1] == 0xFF:
		order = binary.BigEndian
	default:
		return body
	}
	out := make([]byte, 0, len(body)/2)
	ascii := 0
	for i := 2; i < len(body); i += 2 {
		if ascii++; !printable(body[i]) || !printable(body[i+1]) {
			ascii = 0
		}
		if ascii == 2 {
			return body
		}
		c := rune(order.Uint16(body[i:]))
		if utf16.IsSurrogate(c) && i+4 <= len(body) {
			if both := utf16.DecodeRune(c, rune(order.Uint16(body[i+2:]))); both != utf8.RuneError {
				c, i = both, i+2
			}
		}
		out = utf8.AppendRune(out, c) // half a pair becomes the sign of a replacement
	}
	return out
}

func printable(b byte) bool { return b >= ' ' && b < 0x7F }

// AddContents adds what became of the wants, in their order, and a gap for each one whose content was not read although
// something stands there. What the budget leaves out is one gap together.
func (s *Snapshot) AddContents(wants []Want, contents []Content) {
	spent := 0
	var families []string
	for i, c := range contents {
		switch c.Problem {
		case "":
			continue
		case budgetSpent:
			spent++
			families = append(families, strings.Split(wants[i].Why, ", ")...)
			continue
		}
		reason := fmt.Sprintf("%s of the change: %s (wanted by %s)", c.Side, c.Problem, wants[i].Why)
		s.Gaps = append(s.Gaps, Gap{Fact: contentsFact, Path: c.Path, Reason: reason, Passing: c.Passing})
	}
	if spent > 0 {
		slices.Sort(families)
		reason := fmt.Sprintf("%d of %d files were not read: %s (wanted by %s)", spent, len(wants), budgetSpent,
			strings.Join(slices.Compact(families), ", "))
		s.Gaps = append(s.Gaps, Gap{Fact: contentsFact, Reason: reason})
	}
	s.Contents = sorting.Sorted(slices.Values(contents), compareContents)
}

// contentsFact is the name of the gaps.
const contentsFact = "contents"
