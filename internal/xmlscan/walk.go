package xmlscan

import (
	"errors"
	"fmt"
	"io"
)

// Walk reads a whole document whose root has a name. It calls start at each beginning of an element, the root's
// included, and end at each end; end may be nil. Their errors get the line in front of them.
func Walk(r io.Reader, root string, start, end func(s *Scanner) error) error {
	s := New(r)
	for begun := false; ; begun = true {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) && begun {
			return nil
		}
		if err != nil {
			return err
		}
		if !begun && s.Name() != root {
			return fmt.Errorf("the root is <%s>, not <%s>", s.Name(), root)
		}
		if kind == Start {
			err = start(s)
		} else if end != nil {
			err = end(s)
		}
		if err != nil {
			return fmt.Errorf("line %d: %w", s.Line(), err)
		}
	}
}

// Required is an attribute of the current Start, decoded. It must not be empty.
func (s *Scanner) Required(name string) (string, error) {
	value, _, err := s.Attr(name)
	if err == nil && value == "" {
		err = fmt.Errorf("a %s without a %s", s.Name(), name)
	}
	return value, err
}

// Attrs are attributes of the current Start, decoded; one that is not there is empty.
func (s *Scanner) Attrs(names ...string) ([]string, error) {
	out := make([]string, len(names))
	for i, name := range names {
		var err error
		if out[i], _, err = s.Attr(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}
