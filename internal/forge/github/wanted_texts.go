package github

import "sync"

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
