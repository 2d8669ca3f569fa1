package wrapper

import "sync"

// Meter counts the bytes of several streams together and calls over once when they are too many.
type Meter struct {
	mu   sync.Mutex
	left int64
	over func()
}

// NewMeter allows limit bytes.
func NewMeter(limit int64, over func()) *Meter { return &Meter{left: limit, over: over} }

// Exceeded reports whether more was written than the meter allows.
func (m *Meter) Exceeded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left < 0
}

// take counts n bytes and gives how many of them are within the limit.
func (m *Meter) take(n int) int {
	m.mu.Lock()
	before := m.left
	if before >= 0 {
		m.left -= int64(n)
	}
	first := before >= 0 && m.left < 0
	m.mu.Unlock()
	if first {
		m.over()
	}
	return int(max(0, min(before, int64(n))))
}

// Stream keeps the beginning and the end of what is written to it.
type Stream struct {
	meter      *Meter
	head, tail []byte
	keep, last int
	seen       int64
}

// NewStream keeps the first keep bytes that the meter allows and the last bytes of all.
func NewStream(meter *Meter, keep int64, last int) *Stream {
	return &Stream{meter: meter, keep: int(keep), last: last}
}

// Write never fails and never keeps more than the stream was built for, so a pipe into it always drains.
func (s *Stream) Write(p []byte) (int, error) {
	within := p[:s.meter.take(len(p))]
	if room := s.keep - len(s.head); room > 0 {
		s.head = append(s.head, within[:min(room, len(within))]...)
	}
	s.seen += int64(len(p))
	s.tail = append(s.tail, within[max(0, len(within)-s.last):]...)
	if len(s.tail) > 2*s.last {
		s.tail = append([]byte(nil), s.tail[len(s.tail)-s.last:]...)
	}
	return len(p), nil
}

// Head is the beginning.
func (s *Stream) Head() []byte { return s.head }

// Tail is the end.
func (s *Stream) Tail() []byte { return s.tail[max(0, len(s.tail)-s.last):] }

// Dropped reports whether Head is less than all.
func (s *Stream) Dropped() bool { return s.seen > int64(len(s.head)) }
