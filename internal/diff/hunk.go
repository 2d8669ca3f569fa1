package diff

import (
	"errors"
	"fmt"
	"strings"
)

// maxPatchBytes is the largest bare patch of one file that ParsePatch reads. GitHub leaves out patches far smaller than that.
const maxPatchBytes = 8 << 20

// ErrTooLarge is wrapped by every error that says that an input is larger than its limit.
var ErrTooLarge = errors.New("the diff is too large")

const noNewline = `\ `

// ParsePatch reads the bare hunks that GitHub's "patch" and GitLab's "diff" hold. An empty patch has no hunks.
//
// Lines are taken by the counts of the hunk header, never by what they look like, so a removed "-- x" (shown as "--- x") is a line.
// A missing count is 1. An empty line counts as an empty context line, as some tools strip the blank.
// A hunk that is shorter or longer than its header, and hunks that overlap, are errors.
func ParsePatch(patch string) ([]Hunk, error) {
	if len(patch) > maxPatchBytes {
		return nil, fmt.Errorf("parse patch of %d bytes: %w (limit %d)", len(patch), ErrTooLarge, maxPatchBytes)
	}
	s := newScanner(patch)
	s.lenient = true
	var hunks []Hunk
	var order sequence
	for !s.done() {
		if !s.at("@@ -") {
			return nil, s.errorf("%q is outside every hunk", clip(s.peek()))
		}
		line := s.line
		h, err := s.hunk(true, nil)
		if err != nil {
			return nil, err
		}
		if err := order.check(h); err != nil {
			return nil, fmt.Errorf("line %d of the diff: %w", line, err)
		}
		hunks = append(hunks, h)
	}
	return hunks, nil
}

// sequence checks that hunks come in order and that their two sides agree.
type sequence struct{ oldEnd, newEnd int }

// check refuses a hunk that starts before the end of the last one, or whose sides are not as far apart as the hunks before it say.
func (q *sequence) check(h Hunk) error {
	oldAt, newAt := h.oldAt(), h.newAt()
	if oldAt < max(q.oldEnd, 1) || newAt < max(q.newEnd, 1) {
		return fmt.Errorf("hunk -%d +%d overlaps the one before it", h.OldStart, h.NewStart)
	}
	if q.oldEnd == 0 {
		q.oldEnd, q.newEnd = 1, 1
	}
	if oldAt-q.oldEnd != newAt-q.newEnd {
		return fmt.Errorf("hunk -%d +%d does not follow from the one before it", h.OldStart, h.NewStart)
	}
	q.oldEnd, q.newEnd = oldAt+h.OldLines, newAt+h.NewLines
	return nil
}

// oldAt is the first old line at or after the hunk's start. A side without lines names the line before it.
func (h Hunk) oldAt() int {
	if h.OldLines == 0 {
		return h.OldStart + 1
	}
	return h.OldStart
}

func (h Hunk) newAt() int {
	if h.NewLines == 0 {
		return h.NewStart + 1
	}
	return h.NewStart
}

// tally counts the changed lines of hunks.
type tally struct{ added, deleted int }

// hunk reads one hunk, header first. Without keep its lines are counted and dropped. counted may be nil.
func (s *scanner) hunk(keep bool, counted *tally) (Hunk, error) {
	head := s.peek()
	h, err := parseHunkHeader(head)
	if err != nil {
		return Hunk{}, s.errorf("%v", err)
	}
	s.next(head)
	if keep {
		// A line takes two bytes at least, so the header cannot make us reserve more than the text can hold.
		h.Lines = make([]Line, 0, min(max(h.OldLines, h.NewLines)+8, (len(s.text)-s.pos)/2+1))
	}
	oldLeft, newLeft := h.OldLines, h.NewLines
	changes := 0
	for oldLeft > 0 || newLeft > 0 {
		if s.done() && !(s.lenient && oldLeft == 1 && newLeft == 1 && strings.HasSuffix(s.text, "\n")) {
			return Hunk{}, s.errorf("the hunk ends early: %d old and %d new lines are missing", oldLeft, newLeft)
		}
		raw := s.peek()
		op, text := Context, ""
		if raw != "" {
			op, text = Op(raw[0]), raw[1:]
		}
		switch op {
		case Context:
			oldLeft, newLeft = oldLeft-1, newLeft-1
		case Add:
			newLeft--
			changes++
			if counted != nil {
				counted.added++
			}
		case Delete:
			oldLeft--
			changes++
			if counted != nil {
				counted.deleted++
			}
		default:
			return Hunk{}, s.errorf("%q is no line of a hunk (%d old and %d new lines are missing)", clip(raw), oldLeft, newLeft)
		}
		if oldLeft < 0 || newLeft < 0 {
			return Hunk{}, s.errorf("%q is more than the hunk's header counts", clip(raw))
		}
		s.next(raw)
		line := Line{Op: op, Text: text}
		if s.at(noNewline) {
			line.NoNewline = true
			s.next(s.peek())
		}
		if keep {
			h.Lines = append(h.Lines, line)
		}
	}
	if changes == 0 {
		return Hunk{}, s.errorf("hunk -%d +%d changes nothing", h.OldStart, h.NewStart)
	}
	return h, nil
}

// parseHunkHeader reads "@@ -a[,b] +c[,d] @@[ section]". The section may itself hold "@@".
func parseHunkHeader(line string) (Hunk, error) {
	bad := func() (Hunk, error) {
		return Hunk{}, fmt.Errorf("%q is not a hunk header (@@ -a,b +c,d @@)", clip(line))
	}
	rest, ok := strings.CutPrefix(line, "@@ -")
	if !ok {
		return bad()
	}
	var h Hunk
	if h.OldStart, h.OldLines, rest, ok = parseSpan(rest); !ok {
		return bad()
	}
	if rest, ok = strings.CutPrefix(rest, " +"); !ok {
		return bad()
	}
	if h.NewStart, h.NewLines, rest, ok = parseSpan(rest); !ok {
		return bad()
	}
	if rest, ok = strings.CutPrefix(rest, " @@"); !ok {
		return bad()
	}
	h.Section = strings.TrimPrefix(rest, " ")
	if (h.OldLines > 0 && h.OldStart == 0) || (h.NewLines > 0 && h.NewStart == 0) {
		return bad()
	}
	return h, nil
}

// parseSpan reads "start[,count]". A count that is left out is 1.
func parseSpan(s string) (start, count int, rest string, ok bool) {
	if start, s, ok = parseNumber(s); !ok {
		return 0, 0, "", false
	}
	count = 1
	if after, found := strings.CutPrefix(s, ","); found {
		if count, s, ok = parseNumber(after); !ok {
			return 0, 0, "", false
		}
	}
	return start, count, s, true
}

// parseNumber reads up to nine digits, so that sums of line numbers cannot overflow.
func parseNumber(s string) (n int, rest string, ok bool) {
	i := 0
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		n = n*10 + int(s[i]-'0')
		i++
	}
	return n, s[i:], i > 0 && i <= 9
}
