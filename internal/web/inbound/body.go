package inbound

import (
	"errors"
	"io"
	"net/http"
	"sync"
	"time"
)

var (
	errTooLarge = errors.New("the body is too large")
	errHeld     = errors.New("too many bytes of bodies are held at once")
)

// pieceSize is the size of one piece of a body; a body of more than largeBody counts as large.
const (
	pieceSize = 64 << 10
	largeBody = 1 << 20
)

// pieces are reused, so that a flood of bodies makes no garbage.
var pieces = sync.Pool{New: func() any { return new([pieceSize]byte) }}

// body is one delivery's body in memory. The memory that it takes counts against the limit of all bodies, not the
// bytes that arrived: a growing slice leaves its older copies behind, several times the body, until the garbage is
// collected.
type body struct {
	hooks  *Hooks
	pieces [][]byte
	whole  []byte
	own    []*[pieceSize]byte
	held   int64
}

// hold counts n bytes more, or returns an error when there is no room for them.
func (b *body) hold(n int64) error {
	all := b.hooks.o.InFlight
	if all <= 0 {
		all = defaultInFlight
	}
	if b.held += n; b.held > largeBody {
		all = all / 4 * 3
	}
	if b.hooks.held.Add(n) > all {
		return errHeld
	}
	return nil
}

// read reads the body within its own limit, within that of all bodies together, and in time.
func (b *body) read(w http.ResponseWriter, r *http.Request) error {
	limit, within := b.hooks.o.MaxBody, b.hooks.o.BodyTime
	if limit <= 0 {
		limit = defaultMaxBody
	}
	if within <= 0 {
		within = defaultBodyTime
	}
	if r.ContentLength > limit {
		return errTooLarge
	}
	// A recorder in a test has no connection, and so no deadline to set.
	control := http.NewResponseController(w)
	if err := control.SetReadDeadline(time.Now().Add(within)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	for size := int64(0); ; {
		if err := b.hold(pieceSize); err != nil {
			return err
		}
		piece := pieces.Get().(*[pieceSize]byte)
		b.own = append(b.own, piece)
		n, err := fill(r.Body, piece[:])
		b.pieces = append(b.pieces, piece[:n])
		switch size += int64(n); {
		case size > limit:
			return errTooLarge
		case errors.Is(err, io.EOF):
			if err := control.SetReadDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
				return err
			}
			return nil
		case err != nil:
			return err
		}
	}
}

// fill reads until p is full or until an error, which may be io.EOF. io.ReadFull does not tell a body that ends from one
// that was cut.
func fill(r io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var more int
		more, err = r.Read(p[n:])
		n += more
	}
	return n, err
}

// join makes one slice of the pieces.
func (b *body) join() error {
	if len(b.pieces) == 1 {
		b.whole = b.pieces[0]
		return nil
	}
	size := 0
	for _, p := range b.pieces {
		size += len(p)
	}
	if err := b.hold(int64(size)); err != nil {
		return err
	}
	b.whole = make([]byte, 0, size)
	for _, p := range b.pieces {
		b.whole = append(b.whole, p...)
	}
	return nil
}

// release frees the memory. The body must not be used after it.
func (b *body) release() {
	for _, p := range b.own {
		pieces.Put(p)
	}
	b.hooks.held.Add(-b.held)
	b.pieces, b.whole, b.own, b.held = nil, nil, nil, 0
}
