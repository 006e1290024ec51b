package minarai.train.desk.scan;

/// Numbers that carry the proof of being one.
final class CheckDigits {

    private CheckDigits() {
    }

    /// 13 to 19 digits whose Luhn sum is a multiple of ten, not all the same.
    ///
    /// @see <a href="https://www.iso.org/standard/70484.html">ISO/IEC 7812-1, annex B</a>
    static boolean isCard(String text) {
        String digits = digits(text);
        if (digits.length() < 13 || digits.length() > 19 || digits.chars().distinct().count() == 1) {
            return false;
        }
        int sum = 0;
        for (int i = 0; i < digits.length(); i++) {
            int digit = digits.charAt(digits.length() - 1 - i) - '0';
            int doubled = i % 2 == 1 ? 2 * digit : digit;
            sum += doubled > 9 ? doubled - 9 : doubled;
        }
        return sum % 10 == 0;
    }

    /// Twelve digits, the last of which checks the others: `11 − Σ P(n) Q(n) mod 11`, 0 where the remainder is 0 or 1,
    /// with `P(n)` the n-th digit from the right without the check digit and `Q(n)` n + 1, from the seventh on n − 5.
    ///
    /// @see <a href="https://laws.e-gov.go.jp/law/426M60000008085">Ordinance 85 of 2014 of the Ministry of Internal
    /// Affairs and Communications, article 5</a>
    static boolean isMyNumber(String text) {
        String digits = digits(text);
        if (digits.length() != 12 || digits.chars().distinct().count() == 1) {
            return false;
        }
        int sum = 0;
        for (int n = 1; n <= 11; n++) {
            sum += (digits.charAt(11 - n) - '0') * (n <= 6 ? n + 1 : n - 5);
        }
        int check = sum % 11 <= 1 ? 0 : 11 - sum % 11;
        return check == digits.charAt(11) - '0';
    }

    /// 15 to 34 letters and digits whose number, the first four behind the others and letters as 10 to 35, leaves 1
    /// when divided by 97.
    ///
    /// @see <a href="https://www.iso.org/standard/81090.html">ISO 13616-1</a>
    static boolean isIban(String text) {
        String plain = text.replace(" ", "");
        if (plain.length() < 15 || plain.length() > 34) {
            return false;
        }
        int remainder = 0;
        for (char c : (plain.substring(4) + plain.substring(0, 4)).toCharArray()) {
            int value = Character.getNumericValue(c);
            remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
        }
        return remainder == 1;
    }

    private static String digits(String text) {
        return text.replaceAll("[^0-9]", "");
    }
}
