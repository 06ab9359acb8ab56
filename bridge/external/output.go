package external

import "fmt"

// keptOutput is how much of a program's output is kept: half from its beginning
// and half from its end.
const keptOutput = 64 << 10

// output collects what a program prints, within bounds.
type output struct {
	head, tail []byte
	dropped    int64
}

// Write keeps as much as there is room for. It takes everything.
func (o *output) Write(p []byte) (int, error) {
	written := len(p)
	if room := keptOutput/2 - len(o.head); room > 0 {
		n := min(room, len(p))
		o.head, p = append(o.head, p[:n]...), p[n:]
	}
	o.tail = append(o.tail, p...)
	if over := len(o.tail) - keptOutput/2; over > 0 {
		o.dropped += int64(over)
		o.tail = append(o.tail[:0], o.tail[over:]...)
	}
	return written, nil
}

// text returns what was kept, with a note where something was dropped.
func (o *output) text() string {
	if o.dropped == 0 {
		return string(o.head) + string(o.tail)
	}
	return fmt.Sprintf("%s\n[%d bytes of output are left out here]\n%s", o.head, o.dropped, o.tail)
}
