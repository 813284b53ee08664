package duckwh

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// DuckDB itself locks the file: the lock ends with the process, however that dies. What it cannot tell is which program holds
// it and since when, so the holder leaves a note in FILE.lock after it got the lock. The note is only believed when DuckDB
// says that the process named in it holds the file now; a note left by a killed holder is therefore never shown.

// note is the content of FILE.lock.
type note struct {
	PID    int    `json:"pid"`
	Holder string `json:"holder"`
	Since  string `json:"since,omitempty"`
}

// open files of this process: 1 or more readers, or -1 for a writer. DuckDB shares one instance within a process and would let
// a second writer in unasked.
var held = struct {
	sync.Mutex
	files map[string]int
}{files: map[string]int{}}

// hold is the claim of one handle on its file; the zero hold, for memory, claims nothing.
type hold struct {
	path     string
	readOnly bool
	once     sync.Once
}

func claim(path string, opt warehouse.Options) (*hold, error) {
	h := &hold{path: path, readOnly: opt.ReadOnly}
	if path == "" {
		return h, nil
	}
	held.Lock()
	defer held.Unlock()
	n := held.files[path]
	if n < 0 || n > 0 && !opt.ReadOnly {
		return nil, warehouse.Errorf(warehouse.Locked, "%s is already open in this process", path)
	}
	if opt.ReadOnly {
		held.files[path] = n + 1
	} else {
		held.files[path] = -1
	}
	return h, nil
}

// announce leaves the note. A handle that only reads leaves none.
func (h *hold) announce(opt warehouse.Options) error {
	if h.path == "" || h.readOnly {
		return nil
	}
	n := note{PID: os.Getpid(), Holder: opt.Holder}
	if n.Holder == "" {
		n.Holder = "a program"
	}
	if opt.Now != nil {
		n.Since = opt.Now().UTC().Format(time.RFC3339)
	}
	text, err := json.Marshal(n)
	if err != nil {
		return warehouse.Errorf(warehouse.Internal, "encode lock note: %w", err)
	}
	temp := h.path + ".lock.new"
	if err := os.WriteFile(temp, append(text, '\n'), 0o640); err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "write lock note: %w", err)
	}
	if err := os.Rename(temp, h.path+".lock"); err != nil {
		return warehouse.Errorf(warehouse.Unavailable, "write lock note: %w", err)
	}

	return nil
}

func (h *hold) release() {
	h.once.Do(func() {
		if h.path == "" {
			return
		}
		held.Lock()
		defer held.Unlock()
		if n := held.files[h.path]; n > 1 {
			held.files[h.path] = n - 1
		} else {
			delete(held.files, h.path)
		}
		// The note stays where it is: another process may hold the file already and have written its own.
	})
}

var lockMessage = regexp.MustCompile(`(?s)Could not set lock on file.*?(?:held in (\S+) \(PID (\d+)\)|PID (\d+))`)

// openError says who holds the file when that is why it cannot be opened.
func openError(path string, err error) error {
	text := err.Error()
	if !strings.Contains(text, "Could not set lock on file") {
		kind := warehouse.Unavailable
		if strings.Contains(text, "not a valid DuckDB database file") {
			kind = warehouse.Conflict
		}
		return warehouse.Errorf(kind, "%w", err)
	}
	pid := 0
	if m := lockMessage.FindStringSubmatch(text); m != nil {
		pid, _ = strconv.Atoi(m[2] + m[3])
	}
	who := "another process"
	if pid > 0 {
		who = "process " + strconv.Itoa(pid)
	}
	if n, ok := readNote(path); ok && n.PID == pid {
		who = n.Holder + " (pid " + strconv.Itoa(pid)
		if n.Since != "" {
			who += ", since " + n.Since
		}
		who += ")"
	}
	return warehouse.Errorf(warehouse.Locked, "%s is held by %s; wait until it ends, or stop it", path, who)
}

func readNote(path string) (note, bool) {
	text, err := os.ReadFile(path + ".lock")
	if err != nil {
		return note{}, false
	}
	var n note
	return n, json.Unmarshal(text, &n) == nil
}
