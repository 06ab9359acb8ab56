package sqlite

import (
	"bytes"
	"encoding/json"
	"time"
)

// encode returns v as JSON that can be a TEXT value: no byte of it is NUL.
// Angle brackets, of which the agent's tags are full, stay as they are.
func encode(v any) (string, error) {
	var buffer bytes.Buffer
	encoder := json.NewEncoder(&buffer)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(v); err != nil {
		return "", err
	}
	return string(bytes.TrimSuffix(buffer.Bytes(), []byte("\n"))), nil
}

func encodeTime(t time.Time) string { return t.Format(time.RFC3339Nano) }

func decodeTime(s string) (time.Time, error) { return time.Parse(time.RFC3339Nano, s) }
