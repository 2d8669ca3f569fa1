package hooklog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
)

// maxResponse bounds how much of a receiver's answer the log keeps.
const maxResponse = 16 << 10

func (l *Log) work() {
	for {
		l.mu.Lock()
		for len(l.queue) == 0 && !l.closed {
			l.idle.Wait()
		}
		if l.closed {
			l.mu.Unlock()
			return
		}
		w := l.queue[0]
		l.queue = l.queue[1:]
		l.mu.Unlock()
		for range 1 + w.fate.Copies {
			d := l.record(l.attempt(w))
			if w.hook.Done != nil {
				w.hook.Done(d)
			}
		}
		l.mu.Lock()
		l.pending--
		l.idle.Broadcast()
		l.mu.Unlock()
	}
}

func (l *Log) record(d Delivery) Delivery {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.nextID++
	d.ID = l.nextID
	if len(l.done) >= 2*l.keep {
		l.done = append(l.done[:0], l.done[len(l.done)-l.keep:]...)
	}
	l.done = append(l.done, d)
	return d
}

func (l *Log) attempt(w *work) Delivery {
	d := Delivery{GUID: w.guid, AppID: w.hook.AppID, Redelivery: w.redelivery, Event: w.event, DeliveredAt: l.now(), Payload: w.payload}
	d.Event.Payload = nil
	if d.Payload == nil {
		body, err := json.Marshal(w.event.Payload)
		if err != nil {
			d.Status = "cannot encode payload: " + err.Error()
			return d
		}
		d.Payload = body
		w.payload = body
	}
	req, err := http.NewRequestWithContext(l.ctx, http.MethodPost, w.hook.URL, bytes.NewReader(d.Payload))
	if err != nil {
		d.Status = "failed to connect to host"
		return d
	}
	if d.RequestHeaders = headers(w, d.Payload); w.hook.Headers != nil {
		d.RequestHeaders = w.hook.Headers(w.guid, d.Payload)
	}
	for k, v := range d.RequestHeaders {
		req.Header[k] = []string{v} // GitHub's spelling, such as X-GitHub-Event, is kept
	}
	if w.fate.Fail {
		d.Status = "failed to connect to host"
		return d
	}
	start := time.Now()
	res, err := l.client.Do(req)
	d.Duration = time.Since(start)
	if err != nil {
		d.Status = "failed to connect to host"
		var u *url.Error
		if errors.As(err, &u) && (u.Timeout() || errors.Is(err, os.ErrDeadlineExceeded)) {
			d.Status = "timed out"
		}
		return d
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxResponse))
	if err != nil {
		d.Status = fmt.Sprintf("cannot read answer: %v", err)
		return d
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(res.Body, 1<<20)) // so that the connection can be used again; if not, a new one is made
	d.StatusCode, d.Response = res.StatusCode, string(answer)
	d.Status = http.StatusText(res.StatusCode)
	if res.StatusCode == http.StatusOK {
		d.Status = "OK"
	}
	d.ResponseHeaders = map[string]string{}
	for k, v := range res.Header {
		d.ResponseHeaders[k] = strings.Join(v, ", ")
	}
	return d
}

func headers(w *work, body []byte) map[string]string {
	h := map[string]string{
		"Accept":                                 "*/*",
		"Content-Type":                           "application/json",
		"User-Agent":                             "GitHub-Hookshot/" + w.guid[:7],
		"X-GitHub-Delivery":                      w.guid,
		"X-GitHub-Event":                         w.event.Name,
		"X-GitHub-Hook-ID":                       strconv.FormatInt(w.hook.ID, 10),
		"X-GitHub-Hook-Installation-Target-ID":   strconv.FormatInt(w.hook.AppID, 10),
		"X-GitHub-Hook-Installation-Target-Type": "integration",
	}
	if w.hook.Secret != "" {
		h["X-Hub-Signature-256"] = Sign(w.hook.Secret, body)
	}
	return h
}
