package secrets

import (
	"sort"
	"strings"
)

// layer is a text, or what is left of one when the encodings in it are undone.
type layer struct {
	text string
	// of is the layer that this one was decoded from; nil for the text itself.
	of    *layer
	parts []part
}

// part is one stretch that was decoded: where it is in this layer, and where its encoding was in the layer before.
type part struct{ from, to, start, end int }

// decode undoes the encodings in a layer; nil when there are none.
func (l *layer) decode() *layer {
	var b strings.Builder
	next := &layer{of: l}
	at := 0
	search := encodings{text: l.text}
	for {
		x, ok := search.next()
		if !ok {
			break
		}
		plain := x.decode(l.text[x.start:x.end])
		if plain == "" || !printable(plain) {
			search.failed(x)
			continue
		}
		b.WriteString(l.text[at:x.start])
		from := b.Len()
		b.WriteString(plain)
		next.parts = append(next.parts, part{from, b.Len(), x.start, x.end})
		at, search.at = x.end, x.end
	}
	if len(next.parts) == 0 {
		return nil
	}
	b.WriteString(l.text[at:])
	next.text = b.String()
	return next
}

// original says where a stretch stands in the text itself. Of what was decoded all of its encoding counts.
func (l *layer) original(start, end int) (from, to int) {
	if l.of == nil {
		return start, end
	}
	from, to = l.shifted(start), l.shifted(end)
	i := sort.Search(len(l.parts), func(i int) bool { return l.parts[i].to > start })
	for ; i < len(l.parts) && l.parts[i].from < end; i++ {
		from, to = min(from, l.parts[i].start), max(to, l.parts[i].end)
	}
	return l.of.original(from, to)
}

// shifted is a place in the layer before, of one that was not decoded.
func (l *layer) shifted(at int) int {
	i := sort.Search(len(l.parts), func(i int) bool { return l.parts[i].to > at })
	if i == 0 {
		return at
	}
	return at + l.parts[i-1].end - l.parts[i-1].to
}
