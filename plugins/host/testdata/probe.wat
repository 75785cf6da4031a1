;; The fixture of the host contract suite: testing/probe-requests.ts says what each command does.
;; Hand-written, so that the suite tests the host and no compiler or SDK.
(module
  (import "coprsim_v1" "storage" (func $storage (param i32 i32 i32) (result i32)))
  (import "coprsim_v1" "take" (func $take (param i32)))
  (import "coprsim_v1" "reply" (func $reply (param i32 i32 i32)))
  (import "coprsim_v1" "panicked" (func $panicked (param i32 i32)))
  (memory (export "memory") 1)
  (global $free (mut i32) (i32.const 4096))
  (global $count (mut i32) (i32.const 0))
  ;; api version, rustc, target, name, version: 79 bytes.
  (data (i32.const 16)
    "\05\00\00\000.1.0\14\00\00\00rustc 1.89.0-nightly\18\00\00\00x86_64-unknown-linux-gnu"
    "\05\00\00\00probe\05\00\00\001.0.0")
  ;; Other(handle 0, "again") and Other(handle 77, "forged").
  (data (i32.const 128) "\04\00\00\00\00\05\00\00\00again")
  (data (i32.const 160) "\04\4d\00\00\00\06\00\00\00forged")
  ;; The frame of get("k").
  (data (i32.const 192) "\01\00\00\00k")

  (func (export "copr_describe")
    (call $reply (i32.const 0) (i32.const 16) (i32.const 79)))
  (func (export "copr_create"))
  (func (export "copr_destroy"))

  ;; Memory for n bytes; everything is free again when the next request comes.
  (func $alloc (param $n i32) (result i32)
    (local $at i32)
    (local.set $at (global.get $free))
    (global.set $free (i32.add (global.get $free) (local.get $n)))
    (block $enough
      (loop $more
        (br_if $enough
          (i32.le_u (global.get $free) (i32.shl (memory.size) (i32.const 16))))
        (if (i32.eq (memory.grow (i32.const 1)) (i32.const -1)) (then (unreachable)))
        (br $more)))
    (local.get $at))

  ;; Runs the calls from $at to $end: u8 operation, u32 length, frame. An error ends the request:
  ;; replied untouched, or as "again" if $anew. The response is the answers one after another.
  (func $script (param $at i32) (param $end i32) (param $anew i32)
    (local $length i32) (local $size i32) (local $answer i32) (local $first i32)
    (local.set $first (global.get $free))
    (block $done
      (loop $next
        (br_if $done (i32.ge_u (local.get $at) (local.get $end)))
        (local.set $length (i32.load (i32.add (local.get $at) (i32.const 1))))
        (local.set $size
          (call $storage
            (i32.load8_u (local.get $at))
            (i32.add (local.get $at) (i32.const 5))
            (local.get $length)))
        (local.set $at
          (i32.add (local.get $at) (i32.add (local.get $length) (i32.const 5))))
        (local.set $answer (call $alloc (local.get $size)))
        (call $take (local.get $answer))
        (if (i32.load8_u (local.get $answer))
          (then
            (if (local.get $anew)
              (then (call $reply (i32.const 1) (i32.const 128) (i32.const 14)))
              (else
                (call $reply
                  (i32.const 1)
                  (i32.add (local.get $answer) (i32.const 1))
                  (i32.sub (local.get $size) (i32.const 1)))))
            (return)))
        (br $next)))
    (call $reply
      (i32.const 0)
      (local.get $first)
      (i32.sub (global.get $free) (local.get $first))))

  (func $recurse (param $n i32) (result i32)
    (i32.add (call $recurse (i32.add (local.get $n) (i32.const 1))) (local.get $n)))

  ;; As many frames as $n says, then get("k"): a deep stack to suspend.
  (func $deep (param $n i32) (result i32)
    (if (result i32) (local.get $n)
      (then (i32.add (call $deep (i32.sub (local.get $n) (i32.const 1))) (i32.const 1)))
      (else (drop (call $storage (i32.const 1) (i32.const 192) (i32.const 5))) (i32.const 0))))

  (func (export "copr_handle") (param $length i32)
    (local $frame i32) (local $at i32) (local $end i32) (local $left i32) (local $command i32)
    (global.set $free (i32.const 4096))
    (local.set $frame (call $alloc (local.get $length)))
    (call $take (local.get $frame))
    (local.set $left (i32.load (local.get $frame)))
    (local.set $at (i32.add (local.get $frame) (i32.const 4)))
    ;; Two keys a range.
    (local.set $left (i32.mul (local.get $left) (i32.const 2)))
    (block $read
      (loop $key
        (br_if $read (i32.eqz (local.get $left)))
        (local.set $at
          (i32.add (i32.add (local.get $at) (i32.const 4)) (i32.load (local.get $at))))
        (local.set $left (i32.sub (local.get $left) (i32.const 1)))
        (br $key)))
    (local.set $end
      (i32.add (i32.add (local.get $at) (i32.const 4)) (i32.load (local.get $at))))
    (local.set $command (i32.load8_u (i32.add (local.get $at) (i32.const 4))))
    (local.set $at (i32.add (local.get $at) (i32.const 5)))

    (if (i32.eq (local.get $command) (i32.const 0x53)) ;; S: script
      (then (call $script (local.get $at) (local.get $end) (i32.const 0))))
    (if (i32.eq (local.get $command) (i32.const 0x41)) ;; A: errors anew
      (then (call $script (local.get $at) (local.get $end) (i32.const 1))))
    (if (i32.eq (local.get $command) (i32.const 0x45)) ;; E: echo the request's frame
      (then (call $reply (i32.const 0) (local.get $frame) (local.get $length))))
    (if (i32.eq (local.get $command) (i32.const 0x47)) ;; G: a handle that was never given
      (then (call $reply (i32.const 1) (i32.const 160) (i32.const 15))))
    (if (i32.eq (local.get $command) (i32.const 0x43)) ;; C: count requests
      (then
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store (i32.const 256) (global.get $count))
        (call $reply (i32.const 0) (i32.const 256) (i32.const 4))))
    (if (i32.eq (local.get $command) (i32.const 0x50)) ;; P: panic with the rest as text
      (then
        (call $panicked (local.get $at) (i32.sub (local.get $end) (local.get $at)))
        (unreachable)))
    (if (i32.eq (local.get $command) (i32.const 0x42)) ;; B: a response of so many bytes
      (then
        (local.set $left (i32.load (local.get $at)))
        (call $reply (i32.const 0) (call $alloc (local.get $left)) (local.get $left))))
    (if (i32.eq (local.get $command) (i32.const 0x46)) ;; F: get("k") for ever
      (then
        (loop $again
          (drop (call $storage (i32.const 1) (i32.const 192) (i32.const 5)))
          (br $again))))
    (if (i32.eq (local.get $command) (i32.const 0x4c)) ;; L: loop for ever
      (then (loop $again (br $again))))
    (if (i32.eq (local.get $command) (i32.const 0x44)) ;; D: recursion without end
      (then (drop (call $recurse (i32.const 0)))))
    (if (i32.eq (local.get $command) (i32.const 0x57)) ;; W: suspend under so many frames
      (then
        (i32.store (i32.const 256) (call $deep (i32.load (local.get $at))))
        (call $reply (i32.const 0) (i32.const 256) (i32.const 4))))
    (if (i32.eq (local.get $command) (i32.const 0x4d)) ;; M: memory without end
      (then (loop $again (drop (call $alloc (i32.const 65536))) (br $again))))
    (if (i32.eq (local.get $command) (i32.const 0x54)) ;; T: trap
      (then (unreachable)))
    (if (i32.eq (local.get $command) (i32.const 0x4f)) ;; O: a call's frame outside the memory
      (then (drop (call $storage (i32.const 1) (i32.const -8) (i32.const 100)))))
    (if (i32.eq (local.get $command) (i32.const 0x59)) ;; Y: take, for ever
      (then (loop $again (call $take (local.get $frame)) (br $again))))
    (if (i32.eq (local.get $command) (i32.const 0x5a)) ;; Z: memory reads zero where it grew
      (then
        (local.set $left (i32.shl (memory.size) (i32.const 16)))
        (drop (call $storage (i32.const 1) (i32.const 192) (i32.const 5)))
        (drop (memory.grow (i32.const 4)))
        (local.set $end (i32.shl (memory.size) (i32.const 16)))
        (i32.store (i32.const 256) (i32.const 0))
        (loop $byte
          (i32.store (i32.const 256)
            (i32.or (i32.load (i32.const 256)) (i32.load8_u (local.get $left))))
          (local.set $left (i32.add (local.get $left) (i32.const 1)))
          (br_if $byte (i32.lt_u (local.get $left) (local.get $end))))
        (call $reply (i32.const 0) (i32.const 256) (i32.const 4))))
    ;; N and everything else: no reply.
  )
)
