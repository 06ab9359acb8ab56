package standin

import (
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
)

// drawn returns a source of chance that depends on its keys alone: a PCG seeded
// with their SHA-256. Each key is written with its length, so that no two lists
// of keys are taken for the same one.
func drawn(keys ...string) *rand.Rand {
	var text []byte
	for _, key := range keys {
		text = binary.AppendUvarint(text, uint64(len(key)))
		text = append(text, key...)
	}
	sum := sha256.Sum256(text)
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}
