package cluster

import (
	"bufio"
	"bytes"
	"crypto/rand"
	"crypto/subtle"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Kinds of frames of RFC 6455, section 5.2.
const (
	opContinuation = 0x0
	opText         = 0x1
	opBinary       = 0x2
	opClose        = 0x8
	opPing         = 0x9
	opPong         = 0xa
)

// maxFrame is the most that the server may announce for one frame. Kubernetes sends at most 32 KiB at once.
const maxFrame = 16 << 20

// frames reads what a server sends over a WebSocket: messages whose first byte names a channel.
type frames struct {
	from *bufio.Reader
	// take gets the payload of messages, piece by piece; channel is their first byte.
	take func(channel byte, piece []byte) error
	// pong answers a ping.
	pong func(payload []byte) error

	within  bool // a message has begun, and more of it follows
	channel int  // of that message; -1 until its first byte
	buffer  [32 << 10]byte
}

// read reads until the server closes the connection (io.EOF) or says something that is no WebSocket.
func (f *frames) read() error {
	for {
		if err := f.frame(); err != nil {
			return err
		}
	}
}

func (f *frames) frame() error {
	var head [2]byte
	if _, err := io.ReadFull(f.from, head[:]); err != nil {
		return fmt.Errorf("read a stream: %w", err)
	}
	final, op := head[0]&0x80 != 0, head[0]&0x0f
	if head[0]&0x70 != 0 || head[1]&0x80 != 0 {
		return errors.New("read a stream: a frame is masked or uses an extension")
	}
	size, err := f.size(head[1] & 0x7f)
	if err != nil {
		return err
	}
	switch op {
	case opPing, opPong, opClose:
		return f.control(op, size, final)
	case opText, opBinary:
		if f.within {
			return errors.New("read a stream: a message begins within another")
		}
		f.channel = -1
	case opContinuation:
		if !f.within {
			return errors.New("read a stream: a message goes on that never began")
		}
	default:
		return fmt.Errorf("read a stream: frames of kind %d are not known", op)
	}
	f.within = !final
	return f.payload(size)
}

// size reads the rest of a frame's length.
func (f *frames) size(short byte) (int64, error) {
	var long [8]byte
	var width int
	switch short {
	case 126:
		width = 2
	case 127:
		width = 8
	default:
		return int64(short), nil
	}
	if _, err := io.ReadFull(f.from, long[8-width:]); err != nil {
		return 0, fmt.Errorf("read a stream: %w", err)
	}
	size := binary.BigEndian.Uint64(long[:])
	if size > maxFrame {
		return 0, fmt.Errorf("read a stream: a frame of %d bytes is larger than %d", size, maxFrame)
	}
	return int64(size), nil //nolint:gosec // it is at most maxFrame
}

// control takes a frame that is not data.
func (f *frames) control(op byte, size int64, final bool) error {
	if size > 125 || !final {
		return errors.New("read a stream: a control frame is too long")
	}
	payload := f.buffer[:size]
	if _, err := io.ReadFull(f.from, payload); err != nil {
		return fmt.Errorf("read a stream: %w", err)
	}
	switch op {
	case opClose:
		return io.EOF
	case opPing:
		return f.pong(payload)
	}
	return nil
}

// payload hands on what a data frame holds.
func (f *frames) payload(size int64) error {
	for size > 0 {
		piece := f.buffer[:min(size, int64(len(f.buffer)))]
		n, err := f.from.Read(piece)
		piece = piece[:n]
		size -= int64(n)
		if f.channel < 0 && len(piece) > 0 {
			f.channel, piece = int(piece[0]), piece[1:]
		}
		if len(piece) > 0 {
			if err := f.take(byte(f.channel), piece); err != nil { //nolint:gosec // it came from a byte
				return err
			}
		}
		if err != nil {
			return fmt.Errorf("read a stream: %w", err)
		}
	}
	return nil
}

// sender writes frames to a server. It is safe for concurrent use.
type sender struct {
	mu sync.Mutex
	to io.Writer
}

// send writes one whole frame, masked as clients must (section 5.3).
func (s *sender) send(op byte, parts ...[]byte) error {
	size := 0
	for _, p := range parts {
		size += len(p)
	}
	frame := make([]byte, 0, size+14)
	frame = append(frame, 0x80|op)
	switch {
	case size < 126:
		frame = append(frame, 0x80|byte(size))
	case size < 1<<16:
		frame = binary.BigEndian.AppendUint16(append(frame, 0x80|126), uint16(size))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 0x80|127), uint64(size))
	}
	var mask [4]byte
	_, _ = rand.Read(mask[:]) // it never fails
	frame = append(frame, mask[:]...)
	at := len(frame)
	for _, p := range parts {
		frame = append(frame, p...)
	}
	subtle.XORBytes(frame[at:], frame[at:], bytes.Repeat(mask[:], size/len(mask)+1)) // many bytes at once
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, err := s.to.Write(frame); err != nil {
		return fmt.Errorf("write a stream: %w", err)
	}
	return nil
}
