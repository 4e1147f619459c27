import { describe, expect, it } from "vitest";
import { readSource } from "./syntax.ts";

describe("a dollar sign that names nothing", () => {
  it.each(["echo $((1$))", "((1 $+ 2))", "x=${y:1$=1:2}", "x=$[1$ + 2]", "echo ${x[0$]}", "a[1$]=2", 'x=$(cat <<EOF\nhi $y\nEOF\n); [[ $x == a* ]] && echo ${x:1$\ufffd=1:2} > f 2>&1 &'])(
    "is refused where a number is to be worked out: %s",
    (source) => {
      expect(readSource(source)).toEqual({ kind: "wrong", message: 'arithmetic syntax error: operand expected (error token is "$")' });
    },
  );
  it.each(["echo costs 5$", "grep 'foo$' f", "[[ $x =~ ^a.*b$ ]]", "echo ${x:-a$}", "echo $((1 + $x)) 5$", "echo $(($# + ${#a} - $?)); echo 1$", "grep 'a[0-9]$' f", "a[$i]=1"])("is a dollar sign elsewhere: %s", (source) => {
    expect(readSource(source).kind).toBe("whole");
  });
});
