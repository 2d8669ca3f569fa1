package github

import (
	"sync"

	"github.com/lintel-review/lintel/internal/change"
	"github.com/lintel-review/lintel/internal/diff"
)

// wantedTexts are the contents of blobs, by id, that one reading has at hand.
type wantedTexts struct {
	mu   sync.Mutex
	text map[string][]byte
}

func (w *wantedTexts) put(id string, text []byte) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text == nil {
		w.text = map[string][]byte{}
	}
	w.text[id] = text
}

func (w *wantedTexts) get(id string) ([]byte, bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	text, ok := w.text[id]
	return text, ok
}

func (w *wantedTexts) has(id string) bool {
	_, ok := w.get(id)
	return ok
}

// take moves the text off an entry when it is the blob's. A binary file has none; a zero byte stands for it.
func (w *wantedTexts) take(st *stat) *stat {
	if st == nil || st.Object == nil {
		return st
	}
	if text := st.Object.Text; text != nil && isBlob([]byte(*text), st.OID) {
		w.put(st.OID, []byte(*text))
	} else if st.Object.IsBinary != nil && *st.Object.IsBinary {
		w.put(st.OID, []byte{0})
	}
	return &stat{graphEntry: st.graphEntry, Object: &statObject{IsBinary: st.Object.IsBinary}}
}

// takeAdded takes the text of an added file from its diff, when that is the blob's; found is empty when it is not. GitHub
// tells no modes: of what may be a symbolic link or a submodule they were read already.
func (w *wantedTexts) takeAdded(f diff.File) (found change.Found) {
	text, ok := f.Whole()
	if !ok || f.Blob == "" || f.Mode != "" && f.Mode != "100644" && f.Mode != "100755" || !isBlob(text, f.Blob) {
		return change.Found{}
	}
	w.put(f.Blob, text)
	return change.Found{Blob: f.Blob, Size: int64(len(text)), Plain: true}
}
