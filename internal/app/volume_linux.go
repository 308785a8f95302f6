package app

import (
	"fmt"
	"syscall"
)

// kindsOfVolume are the names of file systems that matter, by their magic numbers.
var kindsOfVolume = map[uint32]string{
	0xef53: "ext4", 0x58465342: "xfs", 0x9123683e: "btrfs", 0x2fc12fc1: "zfs", 0xf2f52010: "f2fs",
	0x01021994: "tmpfs", 0x794c7630: "overlay", 0x6969: "nfs", 0xff534d42: "smb", 0xfe534d42: "smb", 0x517b: "smb",
	0x01021997: "9p", 0x65735546: "fuse",
}

// volume returns the bytes that this user may still write at a path, and the kind of file
// system.
func volume(path string) (free uint64, kind string, err error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, "", fmt.Errorf("%s: %w", path, err)
	}
	magic := uint32(s.Type)
	kind, known := kindsOfVolume[magic]
	if !known {
		kind = fmt.Sprintf("a file system of type %#x", magic)
	}
	return s.Bavail * uint64(s.Bsize), kind, nil
}
