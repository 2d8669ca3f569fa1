package wrapper

import "sync"

// meter counts the bytes of several streams together and calls over once when they are too many.
type meter struct {
	mu   sync.Mutex
	left int64
	over func()
}

// newMeter allows limit bytes.
func newMeter(limit int64, over func()) *meter { return &meter{left: limit, over: over} }

// exceeded reports whether more was written than the meter allows.
func (m *meter) exceeded() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.left < 0
}

// take counts n bytes and gives how many of them are within the limit.
func (m *meter) take(n int) int {
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

// stream keeps the beginning and the end of what is written to it.
type stream struct {
	limit      *meter
	head, tail []byte
	keep, last int
	seen       int64
}

// newStream keeps the first keep bytes that the meter allows and the last bytes of all.
func newStream(limit *meter, keep int64, last int) *stream {
	return &stream{limit: limit, keep: int(keep), last: last}
}

// Write never fails and never keeps more than the stream was built for, so a pipe into it always drains.
func (s *stream) Write(p []byte) (int, error) {
	within := p[:s.limit.take(len(p))]
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

// beginning is the beginning.
func (s *stream) beginning() []byte { return s.head }

// end is the end.
func (s *stream) end() []byte { return s.tail[max(0, len(s.tail)-s.last):] }

// dropped reports whether the beginning is less than all.
func (s *stream) dropped() bool { return s.seen > int64(len(s.head)) }
