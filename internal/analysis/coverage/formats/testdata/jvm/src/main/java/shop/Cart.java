package shop;

import java.util.ArrayList;
import java.util.List;

public class Cart {
    private final List<Integer> prices = new ArrayList<>();
    private final boolean member;

    public Cart(boolean member) {
        this.member = member;
    }

    public void add(int price) {
        if (price < 0) {
            throw new IllegalArgumentException("a price is never negative");
        }
        prices.add(price);
    }

    public int total() {
        int sum = 0;
        for (int price : prices) {
            sum += price;
        }
        return member && sum > 100 ? sum - 10 : sum;
    }

    public String size() {
        if (prices.isEmpty()) {
            return "empty";
        } else if (prices.size() == 1) {
            return "one";
        }
        return "many";
    }

    public void clear() {
        prices.clear();
    }
}
