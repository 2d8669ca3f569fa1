package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
)

// narrator prints the story, a line when something happened.
type narrator struct {
	out    io.Writer
	colour bool
	began  time.Time
}

// The colours of the story; they mean nothing that the words do not say.
const (
	bold  = "1"
	dim   = "2"
	red   = "31"
	green = "32"
)

func (n *narrator) paint(code, text string) string {
	if !n.colour {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (n *narrator) title(text string) {
	fmt.Fprintf(n.out, "%s\n", n.paint(bold, text))
}

// scene begins a part of the story.
func (n *narrator) scene(number int, text string) {
	fmt.Fprintf(n.out, "\n%s\n", n.paint(bold, fmt.Sprintf("%d. %s", number, text)))
}

// step is one thing that somebody did, with the seconds since the demo began.
func (n *narrator) step(who, format string, args ...any) {
	at := n.paint(dim, fmt.Sprintf("%6.2fs", time.Since(n.began).Seconds()))
	fmt.Fprintf(n.out, "  %s  %-7s %s\n", at, who, visible(fmt.Sprintf(format, args...)))
}

// verdict is what Lintel concluded, and how long after the delivery.
func (n *narrator) verdict(pass bool, title string, after time.Duration) {
	n.verdictAfter(pass, title, after, "the delivery")
}

// verdictAfter is verdict after something else than a delivery.
func (n *narrator) verdictAfter(pass bool, title string, after time.Duration, what string) {
	code, mark := green, "PASS"
	if !pass {
		code, mark = red, "REFUSED"
	}
	at := n.paint(dim, fmt.Sprintf("%6.2fs", time.Since(n.began).Seconds()))
	fmt.Fprintf(n.out, "  %s  %-7s %s %s %s\n", at, "lintel", n.paint(code, mark), visible(title),
		n.paint(dim, fmt.Sprintf("(%d ms after %s)", after.Milliseconds(), what)))
}

// quote prints what a person reads on the change.
func (n *narrator) quote(lines ...string) {
	for _, l := range lines {
		for i, part := range wrap(visible(l), 92) {
			indent := "           "
			if i > 0 {
				indent += "  "
			}
			fmt.Fprintf(n.out, "        %s%s\n", indent[:len(indent)-4], part)
		}
	}
}

func (n *narrator) note(format string, args ...any) { fmt.Fprintf(n.out, format+"\n", args...) }

// visible drops what a terminal would obey or not show.
func visible(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// wrap breaks text into lines of about width characters.
func wrap(s string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
